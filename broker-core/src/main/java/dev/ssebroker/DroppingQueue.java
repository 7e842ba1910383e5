package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A queue that drops its oldest events to make room, for {@link Overflow#DROP_OLDEST}. */
class DroppingQueue extends FrameQueue {
  /*
   * The producer removes frames at the consumer's end, so both take a lock there. Only the oldest
   * events are dropped, so the gap notice goes out before the oldest frame. The frame after a notice is
   * removed together with it, so that it cannot be dropped, and one gap has one notice.
   */
  final ReentrantLock consumerEnd = new ReentrantLock();
  private final BrokerCounters counters;

  /** Frames that were removed, and that the consumer takes first. */
  @GuardedBy("consumerEnd")
  private final Queue<Frame> removed = new ArrayDeque<>(2);

  /** The number of events that were dropped after those. */
  @GuardedBy("consumerEnd")
  private long missed;

  /** Whether there is a removed frame, or an event was dropped. Written under consumerEnd. */
  private volatile boolean extra;

  DroppingQueue(int maxEvents, long maxBytes, BrokerCounters counters) {
    super(maxEvents, maxBytes);
    this.counters = counters;
  }

  /** Drops the oldest events until the frame fits; always returns true. */
  @Override
  boolean enqueue(Frame frame) {
    if (!frame.isEvent() || fits(frame.length())) {
      return super.enqueue(frame);
    }
    consumerEnd.lock();
    try {
      while (!fits(frame.length())) {
        dropOldest();
      }
      return super.enqueue(frame);
    } finally {
      consumerEnd.unlock();
    }
  }

  /** Removes the oldest frame, and counts it if it is an event. There is one. */
  @GuardedBy("consumerEnd")
  final void dropOldest() {
    Frame frame = Objects.requireNonNull(removeOldest());
    if (frame.isEvent()) {
      missed++;
      counters.addDropped(1);
    } else {
      removed.add(frame);
    }
    extra = true;
  }

  @GuardedBy("consumerEnd")
  final @Nullable Frame removeOldest() {
    Frame frame = super.poll();
    if (frame != null) {
      frameRemoved(frame);
    }
    return frame;
  }

  /** Called for each frame that {@link #removeOldest} returns. */
  @GuardedBy("consumerEnd")
  void frameRemoved(Frame frame) {}

  @Override
  public @Nullable Frame poll() {
    consumerEnd.lock();
    try {
      if (removed.isEmpty() && missed > 0) {
        removed.add(new GapNotice(missed, GapReason.OVERFLOW));
        missed = 0;
        Frame next = removeOldest();
        if (next != null) {
          removed.add(next);
        }
      }
      Frame frame = removed.poll();
      extra = missed > 0 || !removed.isEmpty();
      return frame == null ? removeOldest() : frame;
    } finally {
      consumerEnd.unlock();
    }
  }

  @Override
  public boolean isEmpty() {
    return !extra && super.isEmpty();
  }
}
