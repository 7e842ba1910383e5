package dev.ssebroker;

import java.time.Duration;

/** What a publication does if a client's queue is full. Immutable. */
public final class Overflow {
  enum Action {
    REPLAY,
    DROP_OLDEST,
    DROP_NEWEST,
    LATEST,
    DISCONNECT,
    AWAIT
  }

  /** The longest patience: one minute. */
  public static final Duration MAX_PATIENCE = Duration.ofMinutes(1);

  /**
   * The client replays the history until it has caught up; a gap notice reports the events that the
   * history evicts first. Without a history this is {@link #DROP_NEWEST}. The default.
   */
  public static final Overflow REPLAY = new Overflow(Action.REPLAY, Duration.ZERO);

  /** A gap notice replaces the oldest queued events. */
  public static final Overflow DROP_OLDEST = new Overflow(Action.DROP_OLDEST, Duration.ZERO);

  /** New events are dropped until the queue is empty; a gap notice then reports how many. */
  public static final Overflow DROP_NEWEST = new Overflow(Action.DROP_NEWEST, Duration.ZERO);

  /**
   * An event with a key replaces an older queued one of the same topic and key, even if the queue
   * is not full; that is no gap. It then has no id, since it is out of order, so a client that
   * resumes may receive it again. If nothing can be replaced, this is {@link #DROP_OLDEST}.
   */
  public static final Overflow LATEST = new Overflow(Action.LATEST, Duration.ZERO);

  /** The client ends with {@link CloseReason#TOO_SLOW}. It may resume. */
  public static final Overflow DISCONNECT = new Overflow(Action.DISCONNECT, Duration.ZERO);

  private final Action action;
  private final Duration patience;

  private Overflow(Action action, Duration patience) {
    this.action = action;
    this.patience = patience;
  }

  /**
   * {@return a policy for which the publisher waits until the queue has room} After the patience it
   * is {@link #REPLAY}. The publisher waits once per event, for all such clients together; other
   * publishers do not wait.
   *
   * @param patience how long it waits: more than 0, at most {@link #MAX_PATIENCE}
   * @throws IllegalArgumentException if the patience is out of bounds
   */
  public static Overflow await(Duration patience) {
    Settings.checkDuration("patience", patience, Duration.ofNanos(1), MAX_PATIENCE);
    return new Overflow(Action.AWAIT, patience);
  }

  Action action() {
    return action;
  }

  Duration patience() {
    return patience;
  }

  @Override
  public String toString() {
    return action == Action.AWAIT ? "AWAIT(" + patience + ")" : action.name();
  }
}
