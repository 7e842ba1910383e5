package dev.ssebroker.bench.alternatives;

import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A ring buffer that grows up to its bound. The consumer takes its lock once per batch. */
final class LockedRing implements Lane {
  /*
   * Absolute positions. Head and tail only increase, and their difference is the number of queued
   * frames. The index of a frame is its position modulo the length of the ring, a power of two.
   */
  private static final int INITIAL_LENGTH = 8;

  private final int bound;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notEmpty = lock.newCondition();

  // The fields below are guarded by the lock.
  private Object[] ring = new Object[INITIAL_LENGTH];

  private long head;
  private long tail;
  private boolean waiting;

  LockedRing(int bound) {
    this.bound = bound;
  }

  @Override
  public boolean offer(Object frame) {
    lock.lock();
    try {
      if (tail - head == bound) {
        return false;
      }
      if (tail - head == ring.length) {
        grow();
      }
      ring[index(tail++)] = frame;
      if (waiting) {
        waiting = false;
        notEmpty.signal();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  @SuppressWarnings("NullAway") // Elements outside head to tail are null and are never read.
  public void take(List<Object> batch) throws InterruptedException {
    lock.lock();
    try {
      while (head == tail) {
        waiting = true;
        notEmpty.await();
      }
      long end = Math.min(tail, head + MAX_BATCH);
      while (head < end) {
        int index = index(head++);
        batch.add(ring[index]);
        ring[index] = null;
      }
    } finally {
      lock.unlock();
    }
  }

  private int index(long position) {
    return (int) position & (ring.length - 1);
  }

  private void grow() {
    Object[] grown = new Object[2 * ring.length];
    for (long position = head; position < tail; position++) {
      grown[(int) position & (grown.length - 1)] = ring[index(position)];
    }
    ring = grown;
  }
}
