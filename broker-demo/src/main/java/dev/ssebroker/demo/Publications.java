package dev.ssebroker.demo;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/** When the ticker's last events were published. Thread-safe. */
final class Publications {
  /** More than a client can be behind without a gap. */
  static final int KEPT = 16_384;

  private final ReentrantLock lock = new ReentrantLock();

  // A ring. All is guarded by the lock.
  private final String[] ids = new String[KEPT];
  private final long[] times = new long[KEPT];
  private final Map<String, Integer> places = new HashMap<>();
  private long count;

  /** Notes one event, with the time just before it was published. */
  void add(String id, long nanos) {
    lock.lock();
    try {
      int place = (int) (count % KEPT);
      next(id, nanos);
      places.put(id, place);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Notes one event that somebody else has published at about this time, too inexactly for a
   * latency.
   */
  void addOther(long nanos) {
    lock.lock();
    try {
      next("", nanos);
    } finally {
      lock.unlock();
    }
  }

  /** The lock is held. */
  private void next(String id, long nanos) {
    int place = (int) (count % KEPT);
    if (count >= KEPT) {
      places.remove(ids[place]);
    }
    ids[place] = id;
    times[place] = nanos;
    count++;
  }

  /** Returns when an event was published; empty for one that is not among the last ones. */
  OptionalLong time(String id) {
    lock.lock();
    try {
      Integer place = places.get(id);
      return place == null ? OptionalLong.empty() : OptionalLong.of(times[place]);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns how long the oldest of the last so many events has been published; that of the oldest
   * there is if they are more, 0 if there is none.
   */
  long ageNanos(long events, long nowNanos) {
    lock.lock();
    try {
      long back = Math.min(events, Math.min(count, KEPT));
      return back == 0 ? 0 : nowNanos - times[(int) ((count - back) % KEPT)];
    } finally {
      lock.unlock();
    }
  }
}
