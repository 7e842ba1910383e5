package dev.ssebroker;

import java.util.Arrays;
import java.util.zip.Checksum;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * One event encoded as {@code text/event-stream} bytes, shared by every client that receives it.
 *
 * <p>The bytes are encoded before the broker's lock is taken, with room at their end; the id, which
 * is known only under the lock, is written there. From then on nobody writes to a frame, but that
 * it is given its deflated form when the first client wants that.
 */
final class Frame {
  private final byte[] bytes;
  private final @Nullable String key;

  /** Null if the broker makes the id. */
  private final @Nullable String ownId;

  /** How much of the bytes comes before the id line. */
  private final int idOffset;

  private int length;
  private long sequence;
  private long bornNanos;

  /**
   * Null until it is asked for, then never changed. Written under the deflation's lock; volatile
   * for writers, which look without it.
   */
  private volatile byte @Nullable [] deflated;

  /** Takes bytes of which the first {@code length} are an event without its closing empty line. */
  Frame(byte[] bytes, int length, @Nullable String key, @Nullable String ownId) {
    this.bytes = bytes;
    this.idOffset = length;
    this.length = length;
    this.key = key;
    this.ownId = ownId;
  }

  /** Returns a frame that is no event, such as a comment: it is complete, and has no sequence. */
  static Frame unnumbered(byte[] bytes) {
    return new Frame(bytes, bytes.length, null, null);
  }

  /** Gives the event its place in the order and closes it. The broker's lock is held. */
  void complete(byte[] idPrefix, long sequence, long nowNanos) {
    this.sequence = sequence;
    this.bornNanos = nowNanos;
    this.length =
        ownId == null
            ? EventStreamEncoder.writeId(bytes, idOffset, idPrefix, sequence)
            : EventStreamEncoder.writeOwnId(bytes, idOffset, ownId);
  }

  /** Returns this event without its id line, for a client that receives it out of order. */
  Frame withoutId() {
    Frame frame = new Frame(Arrays.copyOf(bytes, idOffset + 1), idOffset, key, null);
    frame.complete(new byte[0], sequence, bornNanos);
    return frame;
  }

  /** From 1; 0 if this is no event. */
  long sequence() {
    return sequence;
  }

  long bornNanos() {
    return bornNanos;
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

  /** The most that the length can become when the frame is completed. */
  int maxLength() {
    return bytes.length;
  }

  void copyTo(byte[] target, int offset) {
    copyTo(0, length, target, offset);
  }

  void copyTo(int from, int count, byte[] target, int offset) {
    System.arraycopy(bytes, from, target, offset, count);
  }

  void giveTo(Checksum checksum) {
    checksum.update(bytes, 0, length);
  }

  void giveTo(Deflater deflater) {
    deflater.setInput(bytes, 0, length);
  }

  byte @Nullable [] deflated() {
    return deflated;
  }

  void keepDeflated(byte[] deflated) {
    this.deflated = deflated;
  }
}
