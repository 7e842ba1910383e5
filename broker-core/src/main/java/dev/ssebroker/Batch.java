package dev.ssebroker;

import java.util.Arrays;

/**
 * Whole frames in their order, to be written with one write: at least one, and more when a client
 * has fallen behind.
 *
 * <p>Not thread-safe; it belongs to the writer that passes it to {@link Sink#write} and is used
 * again after that call returns.
 */
public final class Batch {
  private static final int INITIAL_FRAMES = 8;

  private Frame[] frames = new Frame[INITIAL_FRAMES];
  private int count;
  private int length;

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
   * Copies all frames, one behind the other.
   *
   * @param target where to
   * @param offset where in the target the first byte goes
   * @throws IndexOutOfBoundsException if the target has no room for {@link #length} bytes there
   */
  public void copyTo(byte[] target, int offset) {
    int at = offset;
    for (int i = 0; i < count; i++) {
      byte[] bytes = frames[i].bytes;
      System.arraycopy(bytes, 0, target, at, bytes.length);
      at += bytes.length;
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
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Forgets the frames, so that an idle client keeps none of them in memory. */
  void clear() {
    Arrays.fill(frames, 0, count, null);
    count = 0;
    length = 0;
  }
}
