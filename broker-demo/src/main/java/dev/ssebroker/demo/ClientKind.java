package dev.ssebroker.demo;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How fast a client reads. */
enum ClientKind {
  /** A real connection, which reads at an unknown pace. */
  WEB,
  /** Reads at once. */
  FAST,
  /** Reads one batch a second. */
  SLOW,
  /** Alternates between long pauses and reading at full speed. */
  STALLED;

  /** Finds the kind of an extra client by its label. Extra clients are never of kind web. */
  static Optional<ClientKind> ofExtra(String label) {
    return Arrays.stream(values())
        .filter(kind -> kind != WEB && kind.label().equals(label))
        .findFirst();
  }

  /** Returns the lower-case name, which requests and figures use. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
