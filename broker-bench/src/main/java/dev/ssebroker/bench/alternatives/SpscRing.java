package dev.ssebroker.bench.alternatives;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A lock-free ring buffer of fixed length, for producers that exclude each other already. It shows
 * roughly the minimum cost of an offer.
 */
final class SpscRing implements Lane {
  /*
   * Single writers. Only the producer writes the tail, and only the consumer writes the head. An element is
   * written before the tail includes it, and cleared before the head passes it.
   *
   * Wake-up. The consumer sets the waiter before it reads the tail for the last time. The producer moves the
   * tail before it reads the waiter. Both fields are volatile, so one of the two sees the other.
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
    ring[index(position)] = frame;
    tail = position + 1;
    Thread waiting = waiter;
    if (waiting != null) {
      waiter = null;
      LockSupport.unpark(waiting);
    }
    return true;
  }

  @Override
  @SuppressWarnings("NullAway") // Elements from head to tail are not null.
  public void take(List<Object> batch) throws InterruptedException {
    long position = head;
    if (tail == position) {
      await(position);
    }
    long end = Math.min(tail, position + MAX_BATCH);
    for (; position < end; position++) {
      int index = index(position);
      batch.add(ring[index]);
      ring[index] = null;
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

  private int index(long position) {
    return (int) position & (ring.length - 1);
  }
}
