package dev.ssebroker.demo;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The time from one event to the next, as a command line says it: a whole number and a unit.
 *
 * @param duration from {@link #MIN} to {@link #MAX}
 */
record Interval(Duration duration) {
  static final Duration MIN = Duration.ofMillis(1);
  static final Duration MAX = Duration.ofHours(1);

  /** More digits than any number within the bounds has, few enough for a long. */
  private static final Pattern FORM = Pattern.compile("([0-9]{1,12})(ms|s|m|h)");

  Interval {
    if (duration.compareTo(MIN) < 0 || duration.compareTo(MAX) > 0) {
      throw new IllegalArgumentException("an interval is from 1ms to 1h");
    }
  }

  /**
   * Reads {@code 500ms}, {@code 2s}, {@code 1m} or {@code 1h}.
   *
   * @throws IllegalArgumentException if the text is of another form or out of bounds; the message
   *     names the text and what is allowed
   */
  static Interval parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not a time; write 500ms, 2s, 1m or 1h, from 1ms to 1h".formatted(text));
    }
    Duration duration = Duration.of(Long.parseLong(matcher.group(1)), unit(matcher.group(2)));
    try {
      return new Interval(duration);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'%s' is out of bounds; allowed is from 1ms to 1h".formatted(text), e);
    }
  }

  private static ChronoUnit unit(String name) {
    return switch (name) {
      case "ms" -> ChronoUnit.MILLIS;
      case "s" -> ChronoUnit.SECONDS;
      case "m" -> ChronoUnit.MINUTES;
      default -> ChronoUnit.HOURS;
    };
  }

  /** Returns a form that {@link #parse} reads. */
  @Override
  public String toString() {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }
}
