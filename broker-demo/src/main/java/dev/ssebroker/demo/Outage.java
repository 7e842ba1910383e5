package dev.ssebroker.demo;

import dev.ssebroker.EventLogException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Says that a shared log does not take events, at most once a minute, and when it takes them again.
 * Thread-safe.
 */
final class Outage {
  private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

  private final String what;
  private final Log log;
  private final LongSupplier nanos;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private long failures;
  private OptionalLong toldAt = OptionalLong.empty();

  /**
   * Begins with all well.
   *
   * @param what is published, as a line begins
   * @param nanos a clock that only rises
   */
  Outage(String what, Log log, LongSupplier nanos) {
    this.what = what;
    this.log = log;
    this.nanos = nanos;
  }

  /** Notes that something could not be published, and is tried again, or the next one is. */
  void failed(EventLogException e) {
    lock.lock();
    try {
      failures++;
      long now = nanos.getAsLong();
      if (toldAt.isEmpty() || now - toldAt.getAsLong() >= BETWEEN_LINES.toNanos()) {
        toldAt = OptionalLong.of(now);
        log.line(
            "%s cannot be published, and it is tried on%s: %s"
                .formatted(
                    what,
                    failures == 1 ? "" : " (%d times so far)".formatted(failures),
                    Plain.text(String.valueOf(e.getMessage()))));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Notes that something was published. */
  void over() {
    lock.lock();
    try {
      if (failures > 0) {
        log.line("%s can be published again".formatted(what));
        failures = 0;
        toldAt = OptionalLong.empty();
      }
    } finally {
      lock.unlock();
    }
  }
}
