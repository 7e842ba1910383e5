package dev.ssebroker.demo;

/** Thrown when a command cannot continue. The message is one line that says what to do. */
final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1L;

  CommandFailure(String message) {
    super(message, null, false, false);
  }

  /** Returns the message. */
  String line() {
    return String.valueOf(getMessage());
  }
}
