package dev.ssebroker;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One event encoded as {@code text/event-stream} bytes, shared by every client that receives it; or
 * a comment, a gap notice or a marker, which are no events and have no sequence.
 */
sealed class Frame permits GapNotice {
  /*
   * Encoding. The bytes are encoded before the broker's lock is taken, with room at their end for
   * the sequence, which is known only under the lock and written there. After that a frame is
   * immutable, except that the first client that wants its deflated form adds it.
   *
   * Markers. A marker tells the writer what to do at its position in the queue. HEARTBEAT is also a
   * comment that goes over the wire.
   */
  /** Writes a comment, unless there is something else to write. */
  static final Frame HEARTBEAT = EventStreamEncoder.comment();

  /** Replays events from the client's cursor. */
  static final Frame REPLAY = new Frame(new byte[0]);

  /** Ends the stream. */
  static final Frame END = new Frame(new byte[0]);

  private final byte[] bytes;
  private final @Nullable String key;

  /** Null if the broker makes the id. */
  private final @Nullable String ownId;

  /** The number of bytes before the id line. */
  private final int idOffset;

  private int length;
  private long sequence;
  private long publishedNanos;

  /** Null if the event is in no history. Written under the broker's lock, before it is read. */
  private @Nullable TopicHistory topic;

  /** The event's number in its topic, from 1. Written with the topic. */
  private long ordinal;

  /** Null until the first client asks. Written once, under the deflation's lock. */
  volatile byte @Nullable [] deflated;

  /** Takes bytes of which the first {@code length} are a frame, or an event without its id line. */
  Frame(byte[] bytes, int length, @Nullable String key, @Nullable String ownId) {
    this.bytes = bytes;
    this.idOffset = length;
    this.length = length;
    this.key = key;
    this.ownId = ownId;
  }

  /** Takes a complete frame that is no event. */
  Frame(byte[] bytes) {
    this(bytes, bytes.length, null, null);
  }

  /** Gives the event its sequence, and writes the id that this makes. The broker's lock is held. */
  void complete(byte[] idPrefix, long sequence, long nowNanos) {
    this.sequence = sequence;
    this.publishedNanos = nowNanos;
    this.length =
        ownId == null
            ? EventStreamEncoder.writeId(bytes, idOffset, idPrefix, sequence)
            : bytes.length;
  }

  /** Returns this event without its id line, for a client that receives it out of order. */
  Frame withoutId() {
    Frame frame = new Frame(Arrays.copyOf(bytes, idOffset + 1), idOffset, key, null);
    frame.complete(new byte[0], sequence, publishedNanos);
    return frame;
  }

  boolean isEvent() {
    return sequence > 0;
  }

  /** Returns 1 or more for an event, else 0. */
  long sequence() {
    return sequence;
  }

  long publishedNanos() {
    return publishedNanos;
  }

  /** Names the history that keeps this event. The broker's lock is held. */
  void setTopic(TopicHistory topic, long ordinal) {
    this.topic = topic;
    this.ordinal = ordinal;
  }

  @Nullable TopicHistory topic() {
    return topic;
  }

  long ordinal() {
    return ordinal;
  }

  @Nullable String key() {
    return key;
  }

  @Nullable String ownId() {
    return ownId;
  }

  int length() {
    return length;
  }

  /** Returns the greatest length that {@link #complete} can give the frame. */
  int maxLength() {
    return bytes.length;
  }

  void copyTo(ByteBuffer target, int from, int count) {
    target.put(bytes, from, count);
  }

  /** Returns the frame's bytes, which must not be changed. */
  ByteBuffer asBuffer() {
    return ByteBuffer.wrap(bytes, 0, length);
  }
}
