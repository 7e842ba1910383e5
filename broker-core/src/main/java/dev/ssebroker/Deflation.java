package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/** Deflates each frame once for all clients of a broker, as RFC 1951 defines. */
final class Deflation {
  /*
   * Blocks. Those that refer to nothing before them, and begin and end with a whole byte, fit into any
   * client's stream. zlib makes them if it forgets what it has read before each frame and flushes after
   * it: the flush is an empty stored block, whose length is at a whole byte and ends it.
   *
   * Sharing. One deflater, with 256 KiB of native memory, serves all frames; writers wait for it. A level
   * below zlib's default would save work that is done once, and cost bytes for each client.
   */
  private static final int LEVEL = 6;

  /** The result for a frame that is better stored than deflated. */
  static final byte[] NOTHING = {};

  private static final int STORED_HEADER = 5;
  private static final int MAX_STORED = 65_535;

  private final ReentrantLock lock = new ReentrantLock();

  /** Null before the first frame and after the close. */
  @GuardedBy("lock")
  private @Nullable Deflater deflater;

  @GuardedBy("lock")
  private boolean closed;

  /** Returns the frame as blocks, in an array that is shared; {@link #NOTHING} to store it. */
  byte[] deflated(Frame frame) {
    byte[] known = frame.deflated;
    if (known != null) {
      return known;
    }
    lock.lock();
    try {
      known = frame.deflated;
      if (known == null && !closed) {
        known = deflate(frame);
        frame.deflated = known;
      }
      return known == null ? NOTHING : known;
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
      deflater.setInput(frame.asBuffer());
      int size = deflater.deflate(blocks, 0, blocks.length, Deflater.FULL_FLUSH);
      // Without room at the end, a part may be missing.
      return size < blocks.length ? Arrays.copyOf(blocks, size) : NOTHING;
    } finally {
      // Not only before the next frame: the deflater would keep this one in memory.
      deflater.reset();
    }
  }

  /** Frees the deflater. Frames that are not deflated yet are stored from now on. */
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

  /** Writes the frame as stored blocks, none of which is a stream's last (RFC 1951 §3.2.4). */
  static void writeStored(Frame frame, ByteBuffer littleEndian) {
    for (int from = 0; from < frame.length(); from += MAX_STORED) {
      int size = Math.min(frame.length() - from, MAX_STORED);
      littleEndian.put((byte) 0).putShort((short) size).putShort((short) ~size);
      frame.copyTo(littleEndian, from, size);
    }
  }
}
