package dev.ssebroker.redis;

import java.time.Duration;

/** Refuses a value that is out of bounds. The message names the value and the bounds. */
final class Bounds {
  private Bounds() {}

  static long check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; allowed is from %d to %d".formatted(name, value, min, max));
    }
    return value;
  }

  static Duration check(String name, Duration value, Duration min, Duration max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "%s is %s; allowed is from %s to %s".formatted(name, value, min, max));
    }
    return value;
  }
}
