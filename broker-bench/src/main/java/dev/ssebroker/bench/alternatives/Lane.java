package dev.ssebroker.bench.alternatives;

import java.util.List;

/** A bounded queue with one producer and one consumer, as a client needs it. */
interface Lane {
  /** The maximum number of frames per take. */
  int MAX_BATCH = 1024;

  /** Returns false if the lane is full. */
  boolean offer(Object frame);

  /** Waits for a frame, then moves it and all other queued frames to the batch. */
  void take(List<Object> batch) throws InterruptedException;
}
