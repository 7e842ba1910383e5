package dev.ssebroker;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Whole frames in their order, to be written with one write: at least one, and more when a client
 * has fallen behind.
 *
 * <p>Not thread-safe; it belongs to the writer that passes it to {@link Sink#write} and is used
 * again after that call returns.
 */
public final class Batch {
  private static final int INITIAL_FRAMES = 8;
  private static final int FULL_BYTES = 64 * 1024;

  private @Nullable Frame[] frames = new Frame[INITIAL_FRAMES];
  private int count;
  private int events;
  private int length;
  private @Nullable Gap gap;

  /** What a gap notice says; a count below 0 is not known. */
  record Gap(long missed, GapReason reason) {
    Gap andOneMore() {
      return missed < 0 ? this : new Gap(missed + 1, reason);
    }
  }

  Batch() {}

  /**
   * The frames' size.
   *
   * @return bytes, more than 0
   */
  public int length() {
    return length;
  }

  /**
   * How many of the frames are events that were published; the others are comments and gap notices.
   *
   * @return 0 or more
   */
  public int events() {
    return events;
  }

  /**
   * Copies all frames, one behind the other.
   *
   * @param target where to
   * @param offset where in the target the first byte goes
   * @throws IndexOutOfBoundsException if the target has no room for {@link #length} bytes there
   */
  public void copyTo(byte[] target, int offset) {
    int at = offset;
    for (int i = 0; i < count; i++) {
      Frame frame = frames[i];
      if (frame != null) {
        frame.copyTo(target, at);
        at += frame.length();
      }
    }
  }

  /**
   * Returns all frames, one behind the other, in a new array.
   *
   * @return {@link #length} bytes
   */
  public byte[] toByteArray() {
    byte[] bytes = new byte[length];
    copyTo(bytes, 0);
    return bytes;
  }

  void add(Frame frame) {
    if (count == frames.length) {
      frames = Arrays.copyOf(frames, 2 * count);
    }
    frames[count++] = frame;
    length += frame.length();
    if (frame.sequence() > 0) {
      events++;
    }
  }

  /** Adds a gap notice, at most one to a batch. */
  void addGap(Gap gap) {
    this.gap = gap;
    add(EventStreamEncoder.gap(gap));
  }

  @Nullable Gap gap() {
    return gap;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Returns whether one more frame would make the write too large to be worth it. */
  boolean isFull() {
    return length >= FULL_BYTES;
  }

  /** Forgets the frames, so that an idle client keeps none of them in memory. */
  void clear() {
    Arrays.fill(frames, 0, count, null);
    count = 0;
    events = 0;
    length = 0;
    gap = null;
  }
}
