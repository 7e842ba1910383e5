package dev.ssebroker.demo;

/** Thrown for an invalid command line or environment variable. The message is one line. */
final class UsageFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageFailure(String message) {
    super(message, null, false, false);
  }

  /** Returns the message. */
  String line() {
    return String.valueOf(getMessage());
  }
}
