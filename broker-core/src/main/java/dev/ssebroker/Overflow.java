package dev.ssebroker;

import java.time.Duration;

/** What happens when an event is published and a client's queue is full. Immutable. */
public final class Overflow {
  enum Action {
    REPLAY,
    DROP_OLDEST,
    DROP_NEWEST,
    LATEST,
    DISCONNECT,
    AWAIT
  }

  /** The longest patience a publisher can have: one minute. */
  public static final Duration MAX_PATIENCE = Duration.ofMinutes(1);

  /**
   * The client replays events from the history until it has caught up. It loses nothing as long as
   * the history reaches back to its position. If it does not, a gap notice reports how many events
   * are missing. Without a history this is {@link #DROP_NEWEST}. The default.
   */
  public static final Overflow REPLAY = new Overflow(Action.REPLAY, Duration.ZERO);

  /** The oldest queued events make room; a gap notice takes their place. */
  public static final Overflow DROP_OLDEST = new Overflow(Action.DROP_OLDEST, Duration.ZERO);

  /** New events are dropped until the queue is empty. A gap notice then reports how many. */
  public static final Overflow DROP_NEWEST = new Overflow(Action.DROP_NEWEST, Duration.ZERO);

  /**
   * An event with a key replaces a queued older one with the same topic and key, whether the queue
   * is full or not; that is no gap. It then has no id, since it is received out of order, so a
   * client that resumes may receive it again. If nothing can be replaced, this is {@link
   * #DROP_OLDEST}.
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
   * The publisher waits until the queue has room, once per event and for all such clients together.
   * After that this is {@link #REPLAY}. Other publishers go on during the wait.
   *
   * @param patience more than 0, at most {@link #MAX_PATIENCE}
   * @return the policy
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
