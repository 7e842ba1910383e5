package dev.ssebroker.demo;

import java.util.Optional;

/** The secret tokens that a user may give. Messages never show one. */
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

  /** Returns what to do about an answer of 401. */
  static String refusal(Optional<String> token) {
    return token.isPresent()
        ? "the server does not take this token (401); check SSE_BROKER_TOKEN or --token"
        : "the server wants a token (401); give it by SSE_BROKER_TOKEN or --token";
  }
}
