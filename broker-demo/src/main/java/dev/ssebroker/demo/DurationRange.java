package dev.ssebroker.demo;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of durations that an option accepts. A duration is a whole number and a unit.
 *
 * @param min the shortest allowed duration
 * @param max the longest allowed duration
 */
record DurationRange(Duration min, Duration max) {
  /** The number of digits is limited, so that the number fits into a long. */
  private static final Pattern FORM = Pattern.compile("([0-9]{1,12})(ms|s|m|h)");

  /**
   * Parses {@code 500ms}, {@code 2s}, {@code 1m} or {@code 1h}.
   *
   * @throws IllegalArgumentException if the text is not a duration or out of bounds; the message
   *     contains the text and the bounds
   */
  Duration read(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not a time; write 500ms, 2s, 1m or 1h, %s".formatted(text, this));
    }
    Duration duration = Duration.of(Long.parseLong(matcher.group(1)), unit(matcher.group(2)));
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "'%s' is out of bounds; allowed is %s".formatted(text, this));
    }
    return duration;
  }

  private static ChronoUnit unit(String name) {
    return switch (name) {
      case "ms" -> ChronoUnit.MILLIS;
      case "s" -> ChronoUnit.SECONDS;
      case "m" -> ChronoUnit.MINUTES;
      default -> ChronoUnit.HOURS;
    };
  }

  /**
   * Returns a text that {@link #read} accepts, in the largest unit that needs no fraction. The
   * duration must be in whole milliseconds.
   */
  static String format(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1000 != 0 || millis == 0) {
      return millis + "ms";
    }
    if (millis % 60_000 != 0) {
      return millis / 1000 + "s";
    }
    return millis % 3_600_000 == 0 ? millis / 3_600_000 + "h" : millis / 60_000 + "m";
  }

  @Override
  public String toString() {
    return "from " + format(min) + " to " + format(max);
  }
}
