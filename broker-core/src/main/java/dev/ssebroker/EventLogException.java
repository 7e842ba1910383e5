package dev.ssebroker;

/**
 * Thrown if an {@link EventLog} failed, most often because it cannot be reached. The message says
 * why, and whether events that were to be appended may be stored.
 */
public final class EventLogException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Makes an exception without a cause.
   *
   * @param message what failed, for the publisher
   */
  public EventLogException(String message) {
    super(message);
  }

  /**
   * Makes an exception with a cause.
   *
   * @param message what failed, for the publisher
   * @param cause the cause
   */
  public EventLogException(String message, Throwable cause) {
    super(message, cause);
  }
}
