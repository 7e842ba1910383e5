package dev.ssebroker;

/** Reports that events are missing. */
final class GapNotice extends Frame {
  /** The count if it is not known. */
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

  long missed() {
    return missed;
  }

  GapReason reason() {
    return reason;
  }
}
