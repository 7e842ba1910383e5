package dev.ssebroker;

import java.util.Locale;

/** Why events are missing. */
public enum GapReason {
  /** The client's queue was full. */
  OVERFLOW,

  /** The history no longer reaches back to the client's position. */
  EVICTED,

  /** The client's last event id is of another epoch of the broker or of the shared log. */
  RESTARTED,

  /** The shared log was unavailable when the client came. */
  UNAVAILABLE,

  /** The client's last event id is not one of this broker's, or this broker keeps no history. */
  UNKNOWN_ID,

  /** The client's last event id is of this broker, but of an event that does not exist yet. */
  FUTURE_ID;

  /** {@return the reason's name in a gap notice: lower-case letters and hyphens} */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
