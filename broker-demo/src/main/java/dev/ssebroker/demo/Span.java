package dev.ssebroker.demo;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads times that a user may give: a whole number and a unit.
 *
 * @param least the shortest that is allowed
 * @param most the longest that is allowed
 */
record Span(Duration least, Duration most) {
  /** More digits than any number within the bounds has, few enough for a long. */
  private static final Pattern FORM = Pattern.compile("([0-9]{1,12})(ms|s|m|h)");

  /**
   * Reads {@code 500ms}, {@code 2s}, {@code 1m} or {@code 1h}.
   *
   * @throws IllegalArgumentException if the text is of another form or out of bounds; the message
   *     names the text and what is allowed
   */
  Duration read(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not a time; write 500ms, 2s, 1m or 1h, %s".formatted(text, this));
    }
    Duration duration = Duration.of(Long.parseLong(matcher.group(1)), unit(matcher.group(2)));
    if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
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

  /** Returns a form of whole milliseconds that {@link #read} reads, in the largest unit it has. */
  static String text(Duration duration) {
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
    return "from " + text(least) + " to " + text(most);
  }
}
