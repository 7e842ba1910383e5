package dev.ssebroker;

/** Why events are missing, as a gap notice says it. */
public enum GapReason {
  /** The client's queue was full. */
  OVERFLOW("overflow"),

  /** The history no longer reaches back to the client's position. */
  EVICTED("evicted"),

  /**
   * The client's last event id is of an earlier life of the broker; or the log that brokers share
   * began anew, because it may have lost what it had.
   */
  RESTARTED("restarted"),

  /** The shared log was unavailable when the client came. */
  UNAVAILABLE("unavailable"),

  /** The client's last event id is not one of this broker's, or this broker keeps no history. */
  UNKNOWN_ID("unknown-id"),

  /** The client's last event id is of this broker, but of an event that does not exist yet. */
  FUTURE_ID("future-id");

  private final String wireName;

  GapReason(String wireName) {
    this.wireName = wireName;
  }

  /**
   * The reason's name in a gap notice.
   *
   * @return lower-case letters and hyphens
   */
  public String wireName() {
    return wireName;
  }
}
