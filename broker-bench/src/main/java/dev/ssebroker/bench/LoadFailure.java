package dev.ssebroker.bench;

/** Thrown when a measurement is impossible. The message says why, and what to do. */
final class LoadFailure extends Exception {
  private static final long serialVersionUID = 1;

  LoadFailure(String message) {
    super(message);
  }
}
