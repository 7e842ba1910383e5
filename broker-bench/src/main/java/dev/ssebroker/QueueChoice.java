package dev.ssebroker;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntFunction;
import org.jspecify.annotations.NullMarked;

/**
 * The queue that a broker gives each client: its own, or one of the JDK's. For benchmarks only; it
 * is in this package because a broker does not let its users choose.
 */
@NullMarked
public enum QueueChoice {
  /** The broker's own. */
  OWN,
  /** A {@link LinkedBlockingQueue}. */
  LINKED,
  /** An {@link ArrayBlockingQueue}. */
  ARRAY;

  /**
   * The number of places for frames that are no events. A client has fewer: its opening comment, a
   * gap notice, a heartbeat, a replay and an end.
   */
  private static final int MARKERS = 16;

  /**
   * Opens a broker with these queues. The JDK's queues are bounded by events only, and do not drop
   * events: with them, a client whose overflow policy is {@link Overflow#DROP_OLDEST} or {@link
   * Overflow#LATEST} is refused with an {@link IllegalArgumentException}.
   *
   * @param builder the broker's settings
   * @return the broker
   */
  public Broker open(Broker.Builder builder) {
    return switch (this) {
      case OWN -> builder.open();
      case LINKED -> open(builder, LinkedQueue::new);
      case ARRAY -> open(builder, ArrayQueue::new);
    };
  }

  private static Broker open(Broker.Builder builder, IntFunction<BlockingQueue<Frame>> maker) {
    return builder.open(
        BrokerThreads.ofJdk(), System::nanoTime, (settings, counters) -> create(settings, maker));
  }

  private static BlockingQueue<Frame> create(
      SubscriptionSettings settings, IntFunction<BlockingQueue<Frame>> maker) {
    return switch (settings.overflow().action()) {
      case DROP_OLDEST, LATEST ->
          throw new IllegalArgumentException(
              "overflow is %s; the JDK's queues do not drop".formatted(settings.overflow()));
      case REPLAY, AWAIT, DROP_NEWEST, DISCONNECT -> maker.apply(settings.queueEvents());
    };
  }

  /** Keeps events out of the places for markers. Used under the broker's lock. */
  private static final class Room {
    /*
     * Takers only add places, so the count here is never too high. The queue is asked again when the
     * count reaches 0, and not for each event, since an ArrayBlockingQueue takes its lock to answer.
     */
    private int places;

    boolean admits(Frame frame, BlockingQueue<Frame> queue) {
      if (frame.isEvent() && places <= 0) {
        places = queue.remainingCapacity();
        if (places == 0) {
          return false;
        }
      }
      places--;
      return true;
    }

    static void checkAdded(boolean added) {
      if (!added) {
        throw new IllegalStateException("the queue has no place for a marker");
      }
    }
  }

  static final class LinkedQueue extends LinkedBlockingQueue<Frame> {
    private static final long serialVersionUID = 1;

    private final transient Room room = new Room();

    LinkedQueue(int maxEvents) {
      super(maxEvents + MARKERS);
    }

    /** Returns false if the frame is an event and the queue holds its most events. */
    @Override
    public boolean offer(Frame frame) {
      if (!room.admits(frame, this)) {
        return false;
      }
      Room.checkAdded(super.offer(frame));
      return true;
    }

    /** Returns the number of events that fit. */
    @Override
    public int remainingCapacity() {
      return Math.max(0, super.remainingCapacity() - MARKERS);
    }
  }

  static final class ArrayQueue extends ArrayBlockingQueue<Frame> {
    private static final long serialVersionUID = 1;

    private final transient Room room = new Room();

    ArrayQueue(int maxEvents) {
      super(maxEvents + MARKERS);
    }

    /** Returns false if the frame is an event and the queue holds its most events. */
    @Override
    public boolean offer(Frame frame) {
      if (!room.admits(frame, this)) {
        return false;
      }
      Room.checkAdded(super.offer(frame));
      return true;
    }

    /** Returns the number of events that fit. */
    @Override
    public int remainingCapacity() {
      return Math.max(0, super.remainingCapacity() - MARKERS);
    }
  }
}
