package dev.ssebroker.demo;

/** Why a command cannot go on. The message is one line that says what to do. */
final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1L;

  CommandFailure(String message) {
    super(message, null, false, false);
  }

  /** The one line. */
  String line() {
    return String.valueOf(getMessage());
  }
}
