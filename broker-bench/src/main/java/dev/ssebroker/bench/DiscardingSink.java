package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;

/** Takes whatever it is given, and does nothing with it. */
final class DiscardingSink implements Sink {
  @Override
  public void write(Batch batch) {}

  @Override
  public void close() {}
}
