package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Deflates frames for all clients of a broker: each frame once, for whoever asks first. The only
 * place that knows RFC 1951.
 */
final class Deflation {
  /*
   * Blocks that refer to nothing before them, and begin and end with a whole byte, may stand in any
   * client's stream, whatever was written there before. zlib makes such blocks if it forgets what it
   * has seen before each frame and flushes after it: the flush is an empty stored block, and the length
   * of such a block, with which it ends, begins with a whole byte.
   *
   * Writers that want a frame while it is deflated wait for it, since the work of one is less than the
   * same work done by each. One deflater serves all frames: it has 256 KiB of native memory.
   *
   * The level is zlib's own default. The work is done once, what it saves is saved for each client; so
   * a lower level saves time in the wrong place, while a higher one saves next to nothing.
   *
   * Rejected: a deflater per client, whose blocks are smaller since they refer to earlier frames, but
   * which costs each client the memory and the work; deflating in publish, which costs brokers that
   * have no client for it.
   */
  private static final int LEVEL = 6;

  /** What stands for a frame that is better stored than deflated. */
  static final byte[] NOTHING = {};

  private static final int STORED_HEADER = 5;
  private static final int MAX_STORED = 65_535;

  private final ReentrantLock lock = new ReentrantLock();

  /** Null before the first frame and after the close. */
  @GuardedBy("lock")
  private @Nullable Deflater deflater;

  @GuardedBy("lock")
  private boolean closed;

  /**
   * Returns the frame as deflated blocks, none of which is a stream's last; {@link #NOTHING} if
   * they would not be smaller than the frame, or if it is too late to make them. The array is
   * shared, and not to be written to.
   */
  byte[] deflated(Frame frame) {
    byte[] known = frame.deflated();
    if (known != null) {
      return known;
    }
    lock.lock();
    try {
      known = frame.deflated();
      if (known == null && closed) {
        return NOTHING;
      }
      if (known == null) {
        known = deflate(frame);
        frame.keepDeflated(known);
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private byte[] deflate(Frame frame) {
    if (deflater == null) {
      deflater = new Deflater(LEVEL, true);
    }
    byte[] blocks = new byte[frame.length()];
    try {
      frame.setInput(deflater);
      int size = deflater.deflate(blocks, 0, blocks.length, Deflater.FULL_FLUSH);
      // Where no room is left, something may be missing.
      return size < blocks.length ? Arrays.copyOf(blocks, size) : NOTHING;
    } finally {
      // Now and not before the next frame: the deflater would keep this one in memory.
      deflater.reset();
    }
  }

  /** Frees the deflater. Frames that are not deflated by now never will be. */
  void close() {
    lock.lock();
    try {
      closed = true;
      if (deflater != null) {
        deflater.end();
        deflater = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many bytes a frame of this length takes as stored blocks. */
  static int storedLength(int length) {
    return length + Math.ceilDiv(length, MAX_STORED) * STORED_HEADER;
  }

  /**
   * Writes the frame as stored blocks, none of which is a stream's last (RFC 1951 §3.2.4). Returns
   * where they end.
   */
  static int writeStored(Frame frame, byte[] target, int offset) {
    int at = offset;
    for (int from = 0; from < frame.length(); from += MAX_STORED) {
      int size = Math.min(frame.length() - from, MAX_STORED);
      target[at++] = 0;
      target[at++] = (byte) size;
      target[at++] = (byte) (size >> 8);
      target[at++] = (byte) ~size;
      target[at++] = (byte) (~size >> 8);
      frame.copyTo(from, size, target, at);
      at += size;
    }
    return at;
  }
}
