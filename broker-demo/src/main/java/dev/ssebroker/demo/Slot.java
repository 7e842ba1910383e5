package dev.ssebroker.demo;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * A stretch of the time of day, as long as the ticker's interval: demos that share a log tick once
 * in each, all together, since the tick has the slot's id and a log takes an id once.
 *
 * @param intervalNanos its length
 * @param number how many of this length have been since 1970
 */
record Slot(long intervalNanos, long number) {

  /** Returns the first slot that begins behind this time of day. */
  static Slot behind(long wallNanos, long intervalNanos) {
    return new Slot(intervalNanos, Math.floorDiv(wallNanos, intervalNanos) + 1);
  }

  /** Returns the time of day in nanoseconds since 1970. */
  static long wallNanos() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  String id() {
    return "tick-%d-%d".formatted(TimeUnit.NANOSECONDS.toMillis(intervalNanos), number);
  }

  /**
   * Returns its middle, as a time of day: from there, neither a late nor an early tick leaves it.
   */
  long middleNanos() {
    return number * intervalNanos + intervalNanos / 2;
  }
}
