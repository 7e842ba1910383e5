package dev.ssebroker.bench.alternatives;

import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A ring that grows up to its bound, with one lock that the consumer takes once per batch. */
final class LockedRing implements Lane {
  /*
   * Positions are absolute: head and tail only rise, and their difference is the number of queued
   * frames. A frame's place is its position modulo the ring's length, a power of two.
   */
  private static final int INITIAL_LENGTH = 8;

  private final int bound;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notEmpty = lock.newCondition();

  /** All below is guarded by the lock. */
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
      ring[place(tail++)] = frame;
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
  @SuppressWarnings("NullAway") // A place outside of head to tail is null and is never read.
  public void take(List<Object> batch) throws InterruptedException {
    lock.lock();
    try {
      while (head == tail) {
        waiting = true;
        notEmpty.await();
      }
      long end = Math.min(tail, head + MAX_BATCH);
      while (head < end) {
        int place = place(head++);
        batch.add(ring[place]);
        ring[place] = null;
      }
    } finally {
      lock.unlock();
    }
  }

  private int place(long position) {
    return (int) position & (ring.length - 1);
  }

  private void grow() {
    Object[] grown = new Object[2 * ring.length];
    for (long position = head; position < tail; position++) {
      grown[(int) position & (grown.length - 1)] = ring[place(position)];
    }
    ring = grown;
  }
}
