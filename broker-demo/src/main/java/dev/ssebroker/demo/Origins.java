package dev.ssebroker.demo;

import dev.ssebroker.http.Cors;
import java.util.Arrays;

/** Reads the web sites that a user may let in. */
final class Origins {
  private Origins() {}

  /**
   * Reads {@code *}, {@code none}, or origins with commas between them.
   *
   * @throws IllegalArgumentException if it is none of them; the message names the text and what is
   *     allowed
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
                    + " https://app.example,http://localhost:5173, in lower case")
                .formatted(origin),
            e);
      }
    }
    return Cors.origins(origins);
  }
}
