package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;

/** Discards everything that it receives. */
final class DiscardingSink implements Sink {
  @Override
  public void write(Batch batch) {}

  @Override
  public void close() {}
}
