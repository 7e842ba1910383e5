package dev.ssebroker.bench.alternatives;

import java.util.List;

/** A bounded queue with one publisher and one consumer, as a client needs it. */
interface Lane {
  /** The most that one take moves. */
  int MAX_BATCH = 1024;

  /** Returns false if the lane is full. */
  boolean offer(Object frame);

  /** Waits for one frame, then moves it and what else is queued into the batch. */
  void take(List<Object> batch) throws InterruptedException;
}
