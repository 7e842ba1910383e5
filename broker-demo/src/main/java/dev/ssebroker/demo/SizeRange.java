package dev.ssebroker.demo;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of sizes that an option accepts. A size is a whole number and a unit.
 *
 * @param min the smallest allowed size in bytes
 * @param max the largest allowed size in bytes
 */
record SizeRange(long min, long max) {
  /** The number of digits is limited, so that the largest unit does not overflow a long. */
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,6}|[0-9]{1,13}(?=B?$))(B|[KMGT]iB)?");

  private static final String UNITS = "KMGT";

  /**
   * Parses {@code 64MiB}, {@code 512KiB}, {@code 1GiB}, or a number of bytes such as {@code 4096}.
   *
   * @throws IllegalArgumentException if the text is not a size or out of bounds; the message
   *     contains the text and the bounds
   */
  long read(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not a size; write 64MiB, 512KiB, 1GiB or a number of bytes, %s"
              .formatted(text, this));
    }
    String unit = matcher.group(2);
    int shift = unit == null ? 0 : 10 * (UNITS.indexOf(unit.charAt(0)) + 1);
    long bytes = Long.parseLong(matcher.group(1)) << shift;
    if (bytes < min || bytes > max) {
      throw new IllegalArgumentException(
          "'%s' is out of bounds; allowed is %s".formatted(text, this));
    }
    return bytes;
  }

  /** Returns a text that {@link #read} accepts, in the largest unit that needs no fraction. */
  static String format(long bytes) {
    int unit = 0;
    long number = bytes;
    while (number != 0 && number % 1024 == 0 && unit < UNITS.length()) {
      number /= 1024;
      unit++;
    }
    return number + (unit == 0 ? "" : UNITS.charAt(unit - 1) + "iB");
  }

  @Override
  public String toString() {
    return "from " + format(min) + " to " + format(max);
  }
}
