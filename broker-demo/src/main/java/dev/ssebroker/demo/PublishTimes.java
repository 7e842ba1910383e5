package dev.ssebroker.demo;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/** The times at which the latest events of the ticker were published. Thread-safe. */
final class PublishTimes {
  /** Larger than the lag that a client can have without a gap. */
  static final int CAPACITY = 16_384;

  private final ReentrantLock lock = new ReentrantLock();

  // A ring buffer. All fields are guarded by the lock.
  private final String[] ids = new String[CAPACITY];
  private final long[] times = new long[CAPACITY];
  private final Map<String, Integer> slots = new HashMap<>();
  private long count;

  /** Records an event with the time just before it was published. */
  void add(String id, long nanos) {
    lock.lock();
    try {
      int slot = (int) (count % CAPACITY);
      append(id, nanos);
      slots.put(id, slot);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Records an event that another demo has published. The time is too inaccurate for a latency, but
   * good enough for an age.
   */
  void addOther(long nanos) {
    lock.lock();
    try {
      append("", nanos);
    } finally {
      lock.unlock();
    }
  }

  /** Must be called with the lock held. */
  private void append(String id, long nanos) {
    int slot = (int) (count % CAPACITY);
    if (count >= CAPACITY) {
      slots.remove(ids[slot]);
    }
    ids[slot] = id;
    times[slot] = nanos;
    count++;
  }

  /** Returns when an event was published; empty if it is unknown or no longer kept. */
  OptionalLong time(String id) {
    lock.lock();
    try {
      Integer slot = slots.get(id);
      return slot == null ? OptionalLong.empty() : OptionalLong.of(times[slot]);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns the age of the oldest of the latest {@code events} events. If fewer are kept, returns
   * the age of the oldest one, or 0 if there is none.
   */
  long ageNanos(long events, long nowNanos) {
    lock.lock();
    try {
      long back = Math.min(events, Math.min(count, CAPACITY));
      return back == 0 ? 0 : nowNanos - times[(int) ((count - back) % CAPACITY)];
    } finally {
      lock.unlock();
    }
  }
}
