package dev.ssebroker;

/** Thrown if the id that a publisher gave to an event is refused. Says which event it is. */
public final class RefusedIdException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** The event's index in the list of its publisher. */
  private final int index;

  /** Whether an earlier event with this id is kept. */
  private final boolean publishedBefore;

  /**
   * Makes an exception.
   *
   * @param message what is wrong with the id, for the publisher
   * @param index the event's index in the list of its publisher, from 0
   * @param publishedBefore whether an earlier event with this id is kept
   */
  public RefusedIdException(String message, int index, boolean publishedBefore) {
    super(message);
    this.index = index;
    this.publishedBefore = publishedBefore;
  }

  /** {@return the event's index in the list of its publisher, from 0} */
  public int index() {
    return index;
  }

  /** {@return whether an earlier event with this id is kept; if not, no broker accepts the id} */
  public boolean publishedBefore() {
    return publishedBefore;
  }
}
