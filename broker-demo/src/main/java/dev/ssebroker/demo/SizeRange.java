package dev.ssebroker.demo;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads numbers of bytes that a user may give: a whole number and a unit.
 *
 * @param least the smallest that is allowed, in bytes
 * @param most the largest that is allowed, in bytes
 */
record SizeRange(long least, long most) {
  /** Few enough digits that the largest unit does not overflow a long. */
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,6}|[0-9]{1,13}(?=B?$))(B|[KMGT]iB)?");

  private static final String UNITS = "KMGT";

  /**
   * Reads {@code 64MiB}, {@code 512KiB}, {@code 1GiB} or {@code 4096}, which is in bytes.
   *
   * @throws IllegalArgumentException if the text is of another form or out of bounds; the message
   *     names the text and what is allowed
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
    if (bytes < least || bytes > most) {
      throw new IllegalArgumentException(
          "'%s' is out of bounds; allowed is %s".formatted(text, this));
    }
    return bytes;
  }

  /** Returns a form that {@link #read} reads, in the largest unit it is a whole number of. */
  static String text(long bytes) {
    int unit = 0;
    long left = bytes;
    while (left != 0 && left % 1024 == 0 && unit < UNITS.length()) {
      left /= 1024;
      unit++;
    }
    return left + (unit == 0 ? "" : UNITS.charAt(unit - 1) + "iB");
  }

  @Override
  public String toString() {
    return "from " + text(least) + " to " + text(most);
  }
}
