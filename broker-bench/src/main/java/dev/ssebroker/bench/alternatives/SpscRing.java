package dev.ssebroker.bench.alternatives;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A ring of a fixed length without a lock, for publishers that exclude each other already: about
 * the least an offer can cost.
 */
final class SpscRing implements Lane {
  /*
   * The publisher alone writes tail, the consumer alone writes head; a place is written before tail
   * says so and emptied before head says so. The consumer names itself as the waiter before it looks
   * at tail for the last time, the publisher moves tail before it looks for a waiter; both fields
   * are volatile, so one of the two sees the other.
   */
  private final @Nullable Object[] ring;
  private final int bound;

  private volatile long head;
  private volatile long tail;
  private volatile @Nullable Thread waiter;

  SpscRing(int bound) {
    this.bound = bound;
    int length = Integer.highestOneBit(2 * bound - 1);
    this.ring = new @Nullable Object[length];
  }

  @Override
  public boolean offer(Object frame) {
    long position = tail;
    if (position - head == bound) {
      return false;
    }
    ring[place(position)] = frame;
    tail = position + 1;
    Thread woken = waiter;
    if (woken != null) {
      waiter = null;
      LockSupport.unpark(woken);
    }
    return true;
  }

  @Override
  @SuppressWarnings("NullAway") // A place from head to tail is not null.
  public void take(List<Object> batch) throws InterruptedException {
    long position = head;
    if (tail == position) {
      await(position);
    }
    long end = Math.min(tail, position + MAX_BATCH);
    for (; position < end; position++) {
      int place = place(position);
      batch.add(ring[place]);
      ring[place] = null;
    }
    head = position;
  }

  private void await(long position) throws InterruptedException {
    waiter = Thread.currentThread();
    while (tail == position) {
      LockSupport.park(this);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      waiter = Thread.currentThread();
    }
    waiter = null;
  }

  private int place(long position) {
    return (int) position & (ring.length - 1);
  }
}
