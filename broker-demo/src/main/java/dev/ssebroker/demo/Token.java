package dev.ssebroker.demo;

/** Reads secret tokens that a user may give. Messages never show one. */
final class Token {
  private Token() {}

  /**
   * Reads a token that a client shows.
   *
   * @throws IllegalArgumentException if it cannot stand in a header field
   */
  static String read(String text) {
    return read(text, 1);
  }

  /**
   * Reads a token of at least this length.
   *
   * @throws IllegalArgumentException if it is shorter or cannot stand in a header field
   */
  static String read(String text, int least) {
    if (text.length() < least || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "it has %d characters; allowed are %d or more, all of them visible ASCII"
              .formatted(text.length(), least));
    }
    return text;
  }
}
