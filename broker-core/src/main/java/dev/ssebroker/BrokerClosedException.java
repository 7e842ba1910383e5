package dev.ssebroker;

/** Thrown by an operation that needs an open broker. */
public final class BrokerClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  BrokerClosedException() {
    super("the broker is closed");
  }
}
