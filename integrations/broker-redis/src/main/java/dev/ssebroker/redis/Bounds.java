package dev.ssebroker.redis;

import java.time.Duration;

/** Refuses settings out of bounds, with a message that names the value and the bounds. */
final class Bounds {
  private Bounds() {}

  static long check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d; allowed is from %d to %d".formatted(name, value, least, most));
    }
    return value;
  }

  static Duration check(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "%s is %s; allowed is from %s to %s".formatted(name, value, least, most));
    }
    return value;
  }
}
