package dev.ssebroker;

import com.google.errorprone.annotations.FormatMethod;
import java.time.Duration;

/** Checks the bounds of settings. */
final class Settings {
  static final Duration SHORT = Duration.ofMillis(100);
  static final Duration SECOND = Duration.ofSeconds(1);
  static final Duration HOUR = Duration.ofHours(1);
  static final Duration YEAR = Duration.ofDays(365);

  private Settings() {}

  static long checkNumber(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw refusal("%s is %d; allowed is from %d to %d", name, value, least, most);
    }
    return value;
  }

  static Duration checkDuration(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw refusal("%s is %s; allowed is from %s to %s", name, value, least, most);
    }
    return value;
  }

  @FormatMethod
  static IllegalArgumentException refusal(String format, Object... values) {
    return new IllegalArgumentException(format.formatted(values));
  }
}
