package dev.ssebroker.demo;

import java.time.Duration;

/**
 * The time between two events. On the command line it is a whole number and a unit.
 *
 * @param duration from 1 ms to 1 h
 */
record Interval(Duration duration) {
  private static final Duration MIN = Duration.ofMillis(1);
  private static final Duration MAX = Duration.ofHours(1);

  private static final DurationRange BOUNDS = new DurationRange(MIN, MAX);

  Interval {
    if (duration.compareTo(MIN) < 0 || duration.compareTo(MAX) > 0) {
      throw new IllegalArgumentException("an interval is from 1ms to 1h");
    }
  }

  /**
   * Parses {@code 500ms}, {@code 2s}, {@code 1m} or {@code 1h}.
   *
   * @throws IllegalArgumentException if the text is not an interval or out of bounds; the message
   *     contains the text and the bounds
   */
  static Interval parse(String text) {
    return new Interval(BOUNDS.read(text));
  }

  /** Returns a text that {@link #parse} accepts. */
  @Override
  public String toString() {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }
}
