package dev.ssebroker.demo;

/** A command line, or an environment, that cannot be used. The message is one line for the user. */
final class Misuse extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Misuse(String message) {
    super(message, null, false, false);
  }

  /** The one line. */
  String line() {
    return String.valueOf(getMessage());
  }
}
