package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.util.concurrent.CountDownLatch;

/** Counts the events that it receives. */
final class CountingSink implements Sink {
  private final CountDownLatch openings;
  private final Bursts.Tally tally;

  /** Used by the client's writer only. */
  private boolean opened;

  CountingSink(CountDownLatch openings, Bursts bursts) {
    this.openings = openings;
    this.tally = bursts.newTally();
  }

  @Override
  public void write(Batch batch) {
    if (!opened) {
      opened = true;
      openings.countDown();
    }
    tally.add(batch.events());
  }

  @Override
  public void close() {}
}
