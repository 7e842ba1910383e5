package dev.ssebroker.demo;

import dev.ssebroker.http.Cors;
import java.util.Arrays;

/** Parses the origins that may read the responses. */
final class Origins {
  private Origins() {}

  /**
   * Parses {@code *}, {@code none}, or a comma-separated list of origins and patterns.
   *
   * @throws IllegalArgumentException if the text is none of them; the message contains the text and
   *     what is allowed
   */
  static Cors read(String text) {
    return switch (text) {
      case "*" -> Cors.anyOrigin();
      case "none" -> Cors.origins();
      default -> list(text);
    };
  }

  private static Cors list(String text) {
    String[] origins = Arrays.stream(text.split(",", -1)).map(String::strip).toArray(String[]::new);
    for (String origin : origins) {
      try {
        Cors unused = Cors.origins(origin);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            ("'%s' is not an origin; allowed are *, none, or a list such as"
                    + " https://app.example,https://*.app.example,http://localhost:*, in lower case")
                .formatted(origin),
            e);
      }
    }
    return Cors.origins(origins);
  }
}
