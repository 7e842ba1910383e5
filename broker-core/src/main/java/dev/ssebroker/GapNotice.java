package dev.ssebroker;

/** Reports events that a client should have received and never will. */
final class GapNotice extends Frame {
  /** In place of a count that nobody knows. */
  static final long UNKNOWN = -1;

  private final long missed;
  private final GapReason reason;

  private GapNotice(byte[] bytes, long missed, GapReason reason) {
    super(bytes, bytes.length, null, null);
    this.missed = missed;
    this.reason = reason;
  }

  static GapNotice of(long missed, GapReason reason) {
    return new GapNotice(EventStreamEncoder.gap(missed, reason), missed, reason);
  }

  /** Returns the number of missing events, or {@link #UNKNOWN}. */
  long missed() {
    return missed;
  }

  GapReason reason() {
    return reason;
  }
}
