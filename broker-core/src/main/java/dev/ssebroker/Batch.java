package dev.ssebroker;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Checksum;

/**
 * Whole frames in their order, at least one, for one write. Not thread-safe: the writer that passes
 * it to {@link Sink#write} uses it again when that call returns.
 */
public final class Batch {
  private static final int INITIAL_FRAMES = 8;
  private static final int FULL_BYTES = 64 * 1024;

  private final Deflation deflation;
  private Frame[] frames = new Frame[INITIAL_FRAMES];
  private int count;
  private int events;
  private long publishedNanos;
  private int length;
  private List<GapNotice> gaps = List.of();

  Batch(Deflation deflation) {
    this.deflation = deflation;
  }

  /** {@return the frames' size in bytes, more than 0} */
  public int length() {
    return length;
  }

  /** {@return the number of events; the other frames are comments and gap notices} */
  public int events() {
    return events;
  }

  /** {@return when the first event was published, by {@link System#nanoTime}, if there is one} */
  public long publishedNanos() {
    return publishedNanos;
  }

  /**
   * Copies all frames to a buffer's position.
   *
   * @param target has room for {@link #length} bytes
   * @throws java.nio.BufferOverflowException if it has not; it may then have some of the bytes
   */
  public void copyTo(ByteBuffer target) {
    for (int i = 0; i < count; i++) {
      frames[i].copyTo(target, 0, frames[i].length());
    }
  }

  /** {@return all frames, one after the other, in a new array of {@link #length} bytes} */
  public byte[] toByteArray() {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    copyTo(bytes);
    return bytes.array();
  }

  /**
   * Returns all frames as DEFLATE blocks in a new array. The blocks of several batches make one
   * stream: each frame begins with a whole byte and refers to nothing outside of itself, and no
   * block is marked as the last one.
   *
   * <p>A frame is deflated once for all clients of the broker, by the first writer that asks. It is
   * stored as it is if it is too short, if it would not become smaller, or if the broker is closed.
   *
   * @param minBytes how long a frame must be to be deflated; 0 for any
   * @return blocks (RFC 1951 §3.2.3); at most 5 bytes longer than the frames for each frame, and
   *     for each 65,535 bytes of a longer one
   */
  public byte[] deflated(int minBytes) {
    byte[][] shared = new byte[count][];
    int size = 0;
    for (int i = 0; i < count; i++) {
      int plain = frames[i].length();
      shared[i] = plain < minBytes ? Deflation.NOTHING : deflation.deflated(frames[i]);
      size += shared[i].length > 0 ? shared[i].length : Deflation.storedLength(plain);
    }
    ByteBuffer blocks = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      if (shared[i].length > 0) {
        blocks.put(shared[i]);
      } else {
        Deflation.writeStored(frames[i], blocks);
      }
    }
    return blocks.array();
  }

  /**
   * Feeds the frames' bytes to a checksum, without copying them.
   *
   * @param checksum what to update; it must not write to the array that it is given, nor keep it
   */
  public void update(Checksum checksum) {
    for (int i = 0; i < count; i++) {
      checksum.update(frames[i].asBuffer());
    }
  }

  void add(Frame frame) {
    if (count == frames.length) {
      frames = Arrays.copyOf(frames, 2 * count);
    }
    frames[count++] = frame;
    length += frame.length();
    if (frame.isEvent()) {
      publishedNanos = events++ == 0 ? frame.publishedNanos() : publishedNanos;
    } else if (frame instanceof GapNotice notice) {
      gaps = gaps.isEmpty() ? new ArrayList<>(1) : gaps;
      gaps.add(notice);
    }
  }

  /** Returns the gap notices among the frames, in their order. */
  List<GapNotice> gaps() {
    return gaps;
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
    gaps = List.of();
  }
}
