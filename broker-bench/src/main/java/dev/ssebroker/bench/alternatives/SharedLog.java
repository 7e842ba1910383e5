package dev.ssebroker.bench.alternatives;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One ring buffer for all clients with a cursor per client, instead of a queue per client. A frame
 * is stored once, and an offer only wakes waiting consumers.
 */
final class SharedLog {
  /*
   * Wake-up. As in SpscRing, only the producer moves the tail. Either the consumer sees the new tail, or the
   * producer sees the waiting consumer.
   *
   * No bound. Nothing prevents the producer from overtaking a cursor. Here the benchmark does; a broker would
   * have to check the distance to every cursor.
   */
  private final Object[] ring;
  private volatile long tail;

  private SharedLog(int length) {
    this.ring = new Object[length];
  }

  /** Creates the cursors of one log for at least {@code bound} frames. */
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
    ring[index(position)] = frame;
    tail = position + 1;
  }

  private int index(long position) {
    return (int) position & (ring.length - 1);
  }

  private final class Cursor implements Lane {
    /** Whether this is the first cursor. An offer to it stores the frame. */
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
      Thread waiting = waiter;
      if (waiting != null) {
        waiter = null;
        LockSupport.unpark(waiting);
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
        batch.add(ring[index(position++)]);
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
