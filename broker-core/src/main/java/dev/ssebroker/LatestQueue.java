package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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
   * Puts the event in the place of a queued one with the same key. Without room to grow there, the
   * events before the older one are dropped, and that one is removed. Always returns true.
   */
  @Override
  boolean enqueue(Frame frame) {
    String key = frame.key();
    if (key == null) {
      return super.enqueue(frame);
    }
    consumerEnd.lock();
    try {
      Slot older = slots.get(key);
      if (older != null) {
        if (replace(older, frame)) {
          return true;
        }
        while (older.frame() != peek()) {
          dropOldest();
        }
        removeOldest();
      }
      Slot slot = nextSlot();
      super.enqueue(frame);
      slots.put(key, slot);
      return true;
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

  /** An event that replaced another is newer than those after it. */
  @Override
  long age(long nowNanos) {
    long age = 0;
    for (Frame frame : this) {
      age = frame.isEvent() ? Math.max(age, nowNanos - frame.publishedNanos()) : age;
    }
    return age;
  }
}
