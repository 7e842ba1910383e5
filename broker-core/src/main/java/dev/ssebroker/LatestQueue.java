package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A queue that keeps the latest event of each key, for {@link Overflow#LATEST}. */
final class LatestQueue extends DroppingQueue {
  /** The slot of each key's queued event. */
  @GuardedBy("consumerEnd")
  private final Map<String, Slot> slots = new HashMap<>();

  LatestQueue(int maxEvents, long maxBytes, BrokerCounters counters) {
    super(maxEvents, maxBytes, counters);
  }

  /**
   * Puts the event in the place of a queued one with the same key. An older frame that is replaced
   * is not dropped. Always returns true.
   */
  @Override
  boolean enqueue(Frame frame) {
    String key = frame.key();
    if (key == null) {
      return super.enqueue(frame);
    }
    consumerEnd.lock();
    try {
      Slot slot = slots.get(key);
      if (slot != null && replaced(slot, frame)) {
        return true;
      }
      if (slot != null) {
        dropThrough(slot.frame());
      }
      super.enqueue(frame);
      slots.put(key, newest());
      return true;
    } finally {
      consumerEnd.unlock();
    }
  }

  /** Returns false, and leaves the frame there as it is, if it has no room to grow. */
  @GuardedBy("consumerEnd")
  private boolean replaced(Slot slot, Frame frame) {
    Frame replacement = slot.isSame(newest()) ? frame : frame.withoutId();
    if (!fitsInstead(slot, replacement)) {
      return false;
    }
    replace(slot, replacement);
    return true;
  }

  /** Drops the events before the frame, and removes the frame itself, which is not dropped. */
  @GuardedBy("consumerEnd")
  private void dropThrough(Frame frame) {
    while (frame != peek()) {
      dropOldest();
    }
    removeOldest();
  }

  /** Returns what is queued. An event that replaced another is newer than those after it. */
  @Override
  Lag lag(long nowNanos) {
    consumerEnd.lock();
    try {
      return new Lag(events(), bytes(), Duration.ofNanos(greatestAge(nowNanos)));
    } finally {
      consumerEnd.unlock();
    }
  }

  @Override
  @GuardedBy("consumerEnd")
  void frameRemoved(Frame frame) {
    if (frame.key() != null) {
      slots.remove(frame.key());
    }
  }
}
