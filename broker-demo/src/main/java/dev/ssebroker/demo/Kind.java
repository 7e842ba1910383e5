package dev.ssebroker.demo;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a client does with what it is given. */
enum Kind {
  /** A real connection, of which nobody knows. */
  WEB,
  /** Reads at once. */
  FAST,
  /** Takes one batch a second. */
  SLOW,
  /** Takes nothing for a while, then everything at once, again and again. */
  STALLED;

  /** Finds the kind of an extra client by its label; there are no web clients among these. */
  static Optional<Kind> ofExtra(String label) {
    return Arrays.stream(values())
        .filter(kind -> kind != WEB && kind.label().equals(label))
        .findFirst();
  }

  /** The name in requests and figures, in lower case. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
