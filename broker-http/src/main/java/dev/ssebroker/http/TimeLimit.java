package dev.ssebroker.http;

import java.time.Duration;

/**
 * How long a connection's thread may go on with what it does; then the server's watch closes the
 * socket. Set by the connection's thread, looked at by the watch's.
 */
final class TimeLimit {
  private static final long NONE = 0;

  private volatile long deadlineNanos = NONE;

  void begin(Duration time) {
    // The lowest bit says that there is a limit at all; a nanosecond does not matter.
    deadlineNanos = (System.nanoTime() + time.toNanos()) | 1;
  }

  void end() {
    deadlineNanos = NONE;
  }

  boolean isOver(long nowNanos) {
    long deadline = deadlineNanos;
    return deadline != NONE && nowNanos - deadline >= 0;
  }
}
