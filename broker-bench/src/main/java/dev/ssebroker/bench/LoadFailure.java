package dev.ssebroker.bench;

/** Nothing could be measured; the message says why, and what to do. */
final class LoadFailure extends Exception {
  private static final long serialVersionUID = 1;

  LoadFailure(String message) {
    super(message);
  }
}
