package dev.ssebroker;

/** What the history keeps of one topic. Guarded by the broker's lock. */
final class TopicLog {
  private final String topic;
  private final Ring frames = new Ring();
  private long bytes;

  /** The sequence of the topic's first event ever. */
  private final long firstSequence;

  /** The sequence of the newest event that is no longer kept; 0 if all are. */
  private long evictedThrough;

  private long evictedCount;
  private long lastSequence;

  TopicLog(String topic, long firstSequence) {
    this.topic = topic;
    this.firstSequence = firstSequence;
  }

  String topic() {
    return topic;
  }

  void add(Frame frame) {
    frames.add(frame);
    lastSequence = frame.sequence();
    bytes += frame.length();
  }

  int size() {
    return frames.size();
  }

  long bytes() {
    return bytes;
  }

  /** The sequence of the topic's newest event, kept or not. */
  long lastSequence() {
    return lastSequence;
  }

  Frame oldest() {
    return frames.get(frames.head());
  }

  /** Forgets the oldest event and returns its bytes. */
  long evict() {
    Frame frame = frames.remove();
    bytes -= frame.length();
    evictedThrough = frame.sequence();
    evictedCount++;
    return frame.length();
  }

  /** Returns how many of the events behind one sequence and up to another are kept. */
  long count(long after, long through) {
    return Math.max(0, frames.after(through) - frames.after(after));
  }

  /**
   * Returns how many of the events behind a sequence are no longer kept; less than 0 if nobody
   * knows, because some of the events that are no longer kept were before it.
   */
  long missingAfter(long sequence) {
    if (sequence >= evictedThrough) {
      return 0;
    }
    return sequence < firstSequence ? evictedCount : -1;
  }

  /** Returns the position of the first kept event behind a sequence. */
  long after(long sequence) {
    return frames.after(sequence);
  }

  boolean has(long position) {
    return position < frames.tail();
  }

  Frame get(long position) {
    return frames.get(position);
  }
}
