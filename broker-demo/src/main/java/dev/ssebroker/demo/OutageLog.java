package dev.ssebroker.demo;

import dev.ssebroker.EventLogException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Logs that publishing fails because the shared log is unavailable, at most once a minute, and that
 * it succeeds again. Thread-safe.
 */
final class OutageLog {
  private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

  private final String what;
  private final Log log;
  private final LongSupplier nanos;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private long failures;
  private OptionalLong lastLineAt = OptionalLong.empty();

  /**
   * Creates a log without a failure.
   *
   * @param what what is published; the first words of each line
   * @param nanos a monotonic clock
   */
  OutageLog(String what, Log log, LongSupplier nanos) {
    this.what = what;
    this.log = log;
    this.nanos = nanos;
  }

  /** Records that an event could not be published. The caller retries, or skips the event. */
  void failed(EventLogException e) {
    lock.lock();
    try {
      failures++;
      long now = nanos.getAsLong();
      if (lastLineAt.isEmpty() || now - lastLineAt.getAsLong() >= BETWEEN_LINES.toNanos()) {
        lastLineAt = OptionalLong.of(now);
        log.line(
            "%s cannot be published; retrying%s: %s"
                .formatted(
                    what,
                    failures == 1 ? "" : " (%d failures so far)".formatted(failures),
                    PlainText.of(String.valueOf(e.getMessage()))));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Records that an event was published. */
  void recovered() {
    lock.lock();
    try {
      if (failures > 0) {
        log.line("%s can be published again".formatted(what));
        failures = 0;
        lastLineAt = OptionalLong.empty();
      }
    } finally {
      lock.unlock();
    }
  }
}
