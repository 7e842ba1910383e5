package dev.ssebroker.bench.alternatives;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import org.jctools.queues.MpscBlockingConsumerArrayQueue;

/** The compared queues. */
public enum LaneKind {
  /** {@link LinkedBlockingQueue}, one poll per frame. */
  LINKED_POLL {
    @Override
    Lane create(int bound) {
      return new Polled(new LinkedBlockingQueue<>(bound), bound);
    }
  },
  /** {@link LinkedBlockingQueue}, drained under one lock. */
  LINKED_DRAIN {
    @Override
    Lane create(int bound) {
      return new Drained(new LinkedBlockingQueue<>(bound));
    }
  },
  /** {@link ArrayBlockingQueue}, one poll per frame. */
  ARRAY_POLL {
    @Override
    Lane create(int bound) {
      return new Polled(new ArrayBlockingQueue<>(bound), bound);
    }
  },
  /** {@link ArrayBlockingQueue}, drained under one lock. */
  ARRAY_DRAIN {
    @Override
    Lane create(int bound) {
      return new Drained(new ArrayBlockingQueue<>(bound));
    }
  },
  /** {@link LinkedTransferQueue}, which is unbounded and lock-free. */
  TRANSFER {
    @Override
    Lane create(int bound) {
      return new Drained(new LinkedTransferQueue<>());
    }
  },
  /** The array queue of JCTools with a parking consumer. */
  JCTOOLS {
    @Override
    Lane create(int bound) {
      return new JcTools(bound);
    }
  },
  /** {@link LockedRing}. */
  LOCKED_RING {
    @Override
    Lane create(int bound) {
      return new LockedRing(bound);
    }
  },
  /** {@link SpscRing}. */
  SPSC_RING {
    @Override
    Lane create(int bound) {
      return new SpscRing(bound);
    }
  },
  /** {@link SharedLog}. */
  SHARED_LOG {
    @Override
    Lane create(int bound) {
      return SharedLog.cursors(1, bound)[0];
    }

    @Override
    Lane[] create(int count, int bound) {
      return SharedLog.cursors(count, bound);
    }
  };

  abstract Lane create(int bound);

  /** Creates {@code count} lanes, each for at least {@code bound} frames. */
  Lane[] create(int count, int bound) {
    Lane[] lanes = new Lane[count];
    for (int i = 0; i < count; i++) {
      lanes[i] = create(bound);
    }
    return lanes;
  }

  private record Polled(BlockingQueue<Object> queue, int bound) implements Lane {
    @Override
    public boolean offer(Object frame) {
      return queue.size() < bound && queue.offer(frame);
    }

    @Override
    public void take(List<Object> batch) throws InterruptedException {
      Object frame = queue.take();
      while (frame != null) {
        batch.add(frame);
        frame = batch.size() < MAX_BATCH ? queue.poll() : null;
      }
    }
  }

  private record Drained(BlockingQueue<Object> queue) implements Lane {
    @Override
    public boolean offer(Object frame) {
      return queue.offer(frame);
    }

    @Override
    public void take(List<Object> batch) throws InterruptedException {
      batch.add(queue.take());
      queue.drainTo(batch, MAX_BATCH - 1);
    }
  }

  private static final class JcTools implements Lane {
    private final MpscBlockingConsumerArrayQueue<Object> queue;

    JcTools(int bound) {
      queue = new MpscBlockingConsumerArrayQueue<>(bound);
    }

    @Override
    public boolean offer(Object frame) {
      return queue.offer(frame);
    }

    @Override
    public void take(List<Object> batch) throws InterruptedException {
      batch.add(queue.take());
      queue.drain(batch::add, MAX_BATCH - 1);
    }
  }
}
