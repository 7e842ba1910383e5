package dev.ssebroker;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The recent events of one topic, the oldest first. Written under the broker's lock; {@link Reader}
 * reads without it.
 */
final class TopicHistory {
  /*
   * Positions. The first event of the topic has position 0, and head and tail only rise. A frame's slot
   * is its position modulo the array's length, a power of two. So the head is also the number of
   * events that were evicted.
   *
   * Reading without the lock. A writer thread looks for its first position, reads from there on, and
   * checks the head last. If the head has not passed the first position, every slot from there on held
   * its frame all the time. A search among slots that were evicted during it ends before the new head,
   * and fails the same check.
   */
  private static final int INITIAL_LENGTH = 4;

  /** A longer array is given back when the topic is empty. */
  private static final int KEPT_LENGTH = 64;

  private final String topic;
  private final List<String> segments;

  /** The sequence of the topic's first event ever. */
  private final long firstSequence;

  private volatile AtomicReferenceArray<@Nullable Frame> slots =
      new AtomicReferenceArray<>(INITIAL_LENGTH);
  private volatile long head;
  private volatile long tail;

  /** The sequence of the newest event that was evicted; 0 if none was. */
  private volatile long evictedThrough;

  // All below is guarded by the broker's lock.
  private long bytes;
  private long lastSequence;

  /** The topics that were published to before and after this one. */
  private @Nullable TopicHistory older;

  private @Nullable TopicHistory newer;

  TopicHistory(String topic, long firstSequence) {
    this.topic = topic;
    this.segments = TopicName.segments(topic);
    this.firstSequence = firstSequence;
  }

  String topic() {
    return topic;
  }

  List<String> segments() {
    return segments;
  }

  void add(Frame frame) {
    long position = tail;
    if (position - head == slots.length()) {
      grow();
    }
    slots.set(slot(slots, position), frame);
    frame.setTopic(this);
    lastSequence = frame.sequence();
    bytes += frame.length();
    tail = position + 1;
  }

  private void grow() {
    AtomicReferenceArray<@Nullable Frame> grown = new AtomicReferenceArray<>(2 * slots.length());
    for (long position = head; position < tail; position++) {
      grown.setPlain(slot(grown, position), slots.get(slot(slots, position)));
    }
    slots = grown;
  }

  int size() {
    return (int) (tail - head);
  }

  long bytes() {
    return bytes;
  }

  /** Returns the sequence of the topic's newest event, kept or not. */
  long lastSequence() {
    return lastSequence;
  }

  long evictedThrough() {
    return evictedThrough;
  }

  Frame oldest() {
    Frame frame = slots.get(slot(slots, head));
    if (frame == null) {
      throw new IllegalStateException("topic " + topic + " has no events");
    }
    return frame;
  }

  /** Removes the oldest event and returns it. */
  Frame evict() {
    Frame frame = oldest();
    long position = head;
    evictedThrough = frame.sequence();
    head = position + 1;
    slots.set(slot(slots, position), null);
    bytes -= frame.length();
    if (size() == 0 && slots.length() > KEPT_LENGTH) {
      slots = new AtomicReferenceArray<>(INITIAL_LENGTH);
    }
    return frame;
  }

  /** Returns the number of events kept after one sequence and up to another. */
  long count(long after, long through) {
    return Math.max(0, positionAfter(through) - positionAfter(after));
  }

  /**
   * Returns the number of events after a sequence that were evicted; {@link GapNotice#UNKNOWN} if
   * others were evicted that came before it.
   */
  long evictedAfter(long sequence) {
    if (sequence >= evictedThrough) {
      return 0;
    }
    return sequence < firstSequence ? head : GapNotice.UNKNOWN;
  }

  /** Returns the position of the first event kept after a sequence; the tail if there is none. */
  private long positionAfter(long sequence) {
    long high = tail;
    long low = head;
    AtomicReferenceArray<@Nullable Frame> searched = slots;
    while (low < high) {
      long middle = (low + high) >>> 1;
      Frame frame = searched.get(slot(searched, middle));
      if (frame == null || frame.sequence() <= sequence) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static int slot(AtomicReferenceArray<?> slots, long position) {
    return (int) position & (slots.length() - 1);
  }

  /** Removes this topic from the order of publication, if it is there. */
  void unlink() {
    if (older != null) {
      older.newer = newer;
    }
    if (newer != null) {
      newer.older = older;
    }
    older = null;
    newer = null;
  }

  /** Puts this topic after the one that was published to last. */
  void linkAfter(@Nullable TopicHistory newest) {
    older = newest;
    if (newest != null) {
      newest.newer = this;
    }
  }

  @Nullable TopicHistory older() {
    return older;
  }

  @Nullable TopicHistory newer() {
    return newer;
  }

  /** Returns a reader of the events after a sequence. */
  Reader readAfter(long sequence) {
    return new Reader(sequence);
  }

  /** Walks over the events after a sequence. Used by one thread, with or without the lock. */
  final class Reader {
    private final long after;
    private final long first;
    private final long end;
    private final AtomicReferenceArray<@Nullable Frame> read;
    private long position;

    /** The next frame; null at the end, and where an event was evicted. */
    private @Nullable Frame next;

    private Reader(long after) {
      this.after = after;
      this.end = tail;
      this.read = slots;
      this.first = positionAfter(after);
      this.position = first;
      this.next = first < end ? read.get(slot(read, first)) : null;
    }

    @Nullable Frame peek() {
      return next;
    }

    void advance() {
      position++;
      next = position < end ? read.get(slot(read, position)) : null;
    }

    /** Returns whether no event after the sequence had been evicted when it was read. */
    boolean isComplete() {
      return head <= first && evictedThrough <= after;
    }
  }
}
