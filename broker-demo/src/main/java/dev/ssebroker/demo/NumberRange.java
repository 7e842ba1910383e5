package dev.ssebroker.demo;

/**
 * A range of whole numbers that an option accepts.
 *
 * @param min the smallest allowed number, 0 or more
 * @param max the largest allowed number
 */
record NumberRange(int min, int max) {

  /**
   * Parses decimal digits.
   *
   * @throws IllegalArgumentException if the text is not a number of this range; the message
   *     contains the text and the range
   */
  int read(String text) {
    if (text.matches("[0-9]{1,10}")) {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return (int) number;
      }
    }
    throw new IllegalArgumentException(
        "'%s' is not allowed; write a whole number from %d to %d".formatted(text, min, max));
  }
}
