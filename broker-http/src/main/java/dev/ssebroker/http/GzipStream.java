package dev.ssebroker.http;

import dev.ssebroker.Batch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * One client's body as a gzip member (RFC 1952): the header, what is encoded, in that order, and
 * the trailer. The client can read all that it has been sent at any time.
 *
 * <p>Not thread-safe. It has no deflater and no window of its own: events are deflated once for all
 * clients, by the broker.
 */
final class GzipStream {
  /*
   * A frame of 256 bytes loses a quarter of them, a shorter one less, and one below 130 grows. It is in
   * one packet in any case, so there is next to nothing to be had for the client's work.
   */
  private static final int MIN_DEFLATED_BYTES = 256;

  /** The length of a stored block has 16 bits (RFC 1951 §3.2.4). */
  private static final int MAX_STORED_BYTES = 65_535;

  /** Magic number, deflate, no flags, no time, no hint, unknown system (RFC 1952 §2.3). */
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

  /** A last block, with fixed codes, that consists of its end only (RFC 1951 §3.2.6). */
  private static final byte[] LAST_BLOCK = {3, 0};

  /**
   * A stored block of nothing (RFC 1951 §3.2.4), as a full flush ends with. Some decoders, Go's for
   * one, give out what they have when they meet it, or when 32 KiB have come.
   */
  private static final byte[] FLUSH = {0, 0, 0, (byte) 0xff, (byte) 0xff};

  private final CRC32 checksum = new CRC32();

  /** Of the plain bytes. */
  private long length;

  /** Returns what comes first. */
  static byte[] header() {
    return HEADER.clone();
  }

  /** Returns the batch's frames, of which those that are worth it are deflated, flushed. */
  byte[] encode(Batch batch) {
    batch.update(checksum);
    length += batch.length();
    byte[] blocks = batch.deflated(MIN_DEFLATED_BYTES);
    return isFlushed(blocks) ? blocks : flushed(blocks);
  }

  /** What was deflated ends with such a block; what was stored ends with a line end. */
  private static boolean isFlushed(byte[] blocks) {
    int lengths = FLUSH.length - 1;
    return blocks.length >= lengths
        && Arrays.equals(blocks, blocks.length - lengths, blocks.length, FLUSH, 1, FLUSH.length);
  }

  private static byte[] flushed(byte[] blocks) {
    byte[] flushed = Arrays.copyOf(blocks, blocks.length + FLUSH.length);
    System.arraycopy(FLUSH, 0, flushed, blocks.length, FLUSH.length);
    return flushed;
  }

  /**
   * Returns these bytes as they are, in a block.
   *
   * @throws IllegalArgumentException if there are more than 65,535
   */
  byte[] encode(byte[] plain) {
    if (plain.length > MAX_STORED_BYTES) {
      throw new IllegalArgumentException(
          "%d bytes; allowed is %d or less".formatted(plain.length, MAX_STORED_BYTES));
    }
    checksum.update(plain);
    length += plain.length;
    return littleEndian(5 + plain.length)
        .put((byte) 0)
        .putShort((short) plain.length)
        .putShort((short) ~plain.length)
        .put(plain)
        .array();
  }

  /** Returns what comes last: the checksum, and the length modulo 2<sup>32</sup>. */
  byte[] trailer() {
    return littleEndian(LAST_BLOCK.length + 8)
        .put(LAST_BLOCK)
        .putInt((int) checksum.getValue())
        .putInt((int) length)
        .array();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
