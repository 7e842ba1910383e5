package dev.ssebroker;

/**
 * Says that an {@link EventLog} could not do what it was asked, most often because it cannot be
 * reached; the message says why, and what has become of the events if some were to be appended.
 */
public final class EventLogException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Makes an exception without a cause.
   *
   * @param message what went wrong, for whoever published
   */
  public EventLogException(String message) {
    super(message);
  }

  /**
   * Makes an exception with the cause that the log met.
   *
   * @param message what went wrong, for whoever published
   * @param cause the cause
   */
  public EventLogException(String message, Throwable cause) {
    super(message, cause);
  }
}
