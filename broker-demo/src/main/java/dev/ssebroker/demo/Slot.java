package dev.ssebroker.demo;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * A slot of wall-clock time, as long as the ticker's interval. Demos that share a log publish one
 * tick per slot in total: each tick has the id of its slot, and a log accepts an id only once.
 *
 * @param intervalNanos the length of the slot
 * @param number the number of slots of this length since 1970
 */
record Slot(long intervalNanos, long number) {

  /** Returns the first slot that starts after this time of day. */
  static Slot after(long wallNanos, long intervalNanos) {
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
   * Returns the middle of the slot, as a time of day. A tick at that time stays within the slot
   * even if it is a little early or late.
   */
  long middleNanos() {
    return number * intervalNanos + intervalNanos / 2;
  }
}
