package dev.ssebroker.demo;

/**
 * Reads whole numbers that a user may give.
 *
 * @param least the smallest that is allowed, 0 or more
 * @param most the largest that is allowed
 */
record NumberRange(int least, int most) {

  /**
   * Reads decimal digits.
   *
   * @throws IllegalArgumentException if the text is no such number; the message names the text and
   *     what is allowed
   */
  int read(String text) {
    if (text.matches("[0-9]{1,10}")) {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return (int) number;
      }
    }
    throw new IllegalArgumentException(
        "'%s' is not allowed; write a whole number from %d to %d".formatted(text, least, most));
  }
}
