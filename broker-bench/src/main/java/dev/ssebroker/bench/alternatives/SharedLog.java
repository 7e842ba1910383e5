package dev.ssebroker.bench.alternatives;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One ring for all clients and a cursor for each, instead of a queue for each: a frame is stored
 * once, and an offer only wakes whoever waits.
 */
final class SharedLog {
  /*
   * As in SpscRing, the publisher alone moves the tail, and either the consumer sees it moved or the
   * publisher sees the consumer wait. Nothing keeps the publisher from overtaking a cursor; here the
   * benchmark does, and a broker would have to look at the tail's distance to every cursor.
   */
  private final Object[] ring;
  private volatile long tail;

  private SharedLog(int length) {
    this.ring = new Object[length];
  }

  /** Returns the cursors of one log that holds at least so many frames. */
  static Lane[] cursors(int count, int bound) {
    SharedLog log = new SharedLog(Integer.highestOneBit(4 * bound));
    Lane[] cursors = new Lane[count];
    for (int i = 0; i < count; i++) {
      cursors[i] = log.new Cursor(i == 0);
    }
    return cursors;
  }

  private void append(Object frame) {
    long position = tail;
    ring[place(position)] = frame;
    tail = position + 1;
  }

  private int place(long position) {
    return (int) position & (ring.length - 1);
  }

  private final class Cursor implements Lane {
    /** The frame is stored when it is offered to the first cursor. */
    private final boolean first;

    private long position;
    private volatile @Nullable Thread waiter;

    Cursor(boolean first) {
      this.first = first;
    }

    @Override
    public boolean offer(Object frame) {
      if (first) {
        append(frame);
      }
      Thread woken = waiter;
      if (woken != null) {
        waiter = null;
        LockSupport.unpark(woken);
      }
      return true;
    }

    @Override
    public void take(List<Object> batch) throws InterruptedException {
      if (tail == position) {
        await();
      }
      long end = Math.min(tail, position + MAX_BATCH);
      while (position < end) {
        batch.add(ring[place(position++)]);
      }
    }

    private void await() throws InterruptedException {
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
  }
}
