package dev.ssebroker.http;

import java.time.Duration;
import java.util.Set;

/**
 * Limits how long one operation of a connection may take. The server's watch cuts a connection
 * whose time is over.
 *
 * <p>The connection's thread calls {@link #begin} and {@link #end}; the watch calls {@link
 * #cutIfOver}.
 */
final class TimeLimit {
  private final Set<TimeLimit> running;
  private final Runnable cut;

  /** Valid while the limit is running. Volatile because the watch reads it without a lock. */
  private volatile long deadlineNanos;

  /**
   * Creates a limit that is not running.
   *
   * @param running the limits that the watch checks; a concurrent set
   * @param cut frees the connection's thread
   */
  TimeLimit(Set<TimeLimit> running, Runnable cut) {
    this.running = running;
    this.cut = cut;
  }

  /** Starts the limit, or starts it again with another time. */
  void begin(Duration time) {
    deadlineNanos = System.nanoTime() + time.toNanos();
    running.add(this);
  }

  /** Stops the limit. Does nothing if it is not running. */
  void end() {
    running.remove(this);
  }

  void cutIfOver(long nowNanos) {
    if (nowNanos - deadlineNanos >= 0) {
      cut.run();
    }
  }
}
