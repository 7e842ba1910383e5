package dev.ssebroker;

/** Reports that events are missing. */
final class GapNotice extends Frame {
  /** The count if it is not known. */
  static final long UNKNOWN = -1;

  final long missed;
  final GapReason reason;

  GapNotice(long missed, GapReason reason) {
    super(EventStreamEncoder.gap(missed, reason));
    this.missed = missed;
    this.reason = reason;
  }
}
