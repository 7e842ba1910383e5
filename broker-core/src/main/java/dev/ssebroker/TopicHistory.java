package dev.ssebroker;

import java.util.List;

/** The recent events of one topic. */
final class TopicHistory extends KeptEvents {
  /*
   * Ordinals. They count the topic's events from 1. The oldest events are evicted first, so the ordinals of
   * the kept ones have no holes, and the number of events between two sequences is their difference.
   */
  final String topic;
  final List<String> segments;

  /** The sequence of the topic's first event ever. */
  private final long firstSequence;

  // All below is guarded by the broker's lock.
  private long lastSequence;
  private long lastOrdinal;

  TopicHistory(String topic, long firstSequence) {
    this.topic = topic;
    this.segments = TopicName.segments(topic);
    this.firstSequence = firstSequence;
  }

  @Override
  void add(Long sequence, Frame frame) {
    lastSequence = sequence;
    lastOrdinal++;
    frame.setTopic(this, lastOrdinal);
    super.add(sequence, frame);
  }

  /** Returns the sequence of the topic's newest event, kept or not. */
  long lastSequence() {
    return lastSequence;
  }

  /** Returns the number of events kept after one sequence and up to another. */
  long count(long after, long through) {
    return Math.max(0, ordinalThrough(through) - ordinalThrough(after));
  }

  /** Returns the ordinal of the last event up to a sequence, or of the last evicted one. */
  private long ordinalThrough(long sequence) {
    var last = frames.floorEntry(sequence);
    return last == null ? evicted() : last.getValue().ordinal();
  }

  /** Returns how many events after a sequence were evicted; UNKNOWN if earlier ones were, too. */
  long evictedAfter(long sequence) {
    if (sequence >= evictedThrough()) {
      return 0;
    }
    return sequence < firstSequence ? evicted() : GapNotice.UNKNOWN;
  }

  private long evicted() {
    return lastOrdinal - size();
  }
}
