package dev.ssebroker;

/** Why events are missing. */
public enum GapReason {
  /** The client's queue was full. */
  OVERFLOW("overflow"),

  /** The history no longer reaches back to the client's position. */
  EVICTED("evicted"),

  /** The client's last event id is of another epoch of the broker or of the shared log. */
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

  /** {@return the reason's name in a gap notice: lower-case letters and hyphens} */
  public String wireName() {
    return wireName;
  }
}
