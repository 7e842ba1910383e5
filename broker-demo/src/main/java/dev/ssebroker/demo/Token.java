package dev.ssebroker.demo;

import java.util.Optional;

/** Parses tokens. Messages never contain one. */
final class Token {
  private Token() {}

  /**
   * Parses the token of a client.
   *
   * @throws IllegalArgumentException if it is not valid in a header field
   */
  static String read(String text) {
    return read(text, 1);
  }

  /**
   * Parses a token of a minimum length.
   *
   * @throws IllegalArgumentException if it is shorter, or not valid in a header field
   */
  static String read(String text, int minLength) {
    if (text.length() < minLength || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "it has %d characters; write %d or more visible ASCII characters"
              .formatted(text.length(), minLength));
    }
    return text;
  }

  /** Returns the message for a response of 401. */
  static String refusal(Optional<String> token) {
    return token.isPresent()
        ? "the server does not accept this token (401); check SSE_BROKER_TOKEN or --token"
        : "the server requires a token (401); set SSE_BROKER_TOKEN or --token";
  }
}
