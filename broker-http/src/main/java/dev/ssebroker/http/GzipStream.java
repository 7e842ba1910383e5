package dev.ssebroker.http;

import dev.ssebroker.Batch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * One client's body as a gzip member (RFC 1952): the header, the encoded batches in order, and the
 * trailer. The client can decode everything it has received at any time.
 *
 * <p>Not thread-safe. It has no deflater and no window of its own, because the broker deflates each
 * event once for all clients.
 */
final class GzipStream {
  /*
   * A frame of 256 bytes shrinks by a quarter, a shorter one by less, and one below 130 bytes
   * grows. All of them fit into one packet, so compressing them is not worth the client's work.
   */
  private static final int MIN_DEFLATED_BYTES = 256;

  /** The length field of a stored block has 16 bits (RFC 1951 §3.2.4). */
  private static final int MAX_STORED_BYTES = 65_535;

  /** Magic number, deflate, no flags, no time, no hint, unknown system (RFC 1952 §2.3). */
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

  /** A final block with fixed codes that contains only its end (RFC 1951 §3.2.6). */
  private static final byte[] LAST_BLOCK = {3, 0};

  /**
   * An empty stored block (RFC 1951 §3.2.4), which ends a full flush. Some decoders, such as Go's,
   * deliver what they have only when they read such a block, or after 32 KiB.
   */
  private static final byte[] FLUSH = {0, 0, 0, (byte) 0xff, (byte) 0xff};

  private final CRC32 checksum = new CRC32();

  /** The number of plain bytes. */
  private long length;

  /** Returns the first bytes of the member. */
  static byte[] header() {
    return HEADER.clone();
  }

  /**
   * Returns the batch as flushed blocks. Frames that are long enough are deflated, others stored.
   */
  byte[] encode(Batch batch) {
    batch.update(checksum);
    length += batch.length();
    byte[] blocks = batch.deflated(MIN_DEFLATED_BYTES);
    return isFlushed(blocks) ? blocks : flushed(blocks);
  }

  /** Deflated data ends with an empty stored block; stored data ends with a line end. */
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
   * Returns the bytes as one stored block.
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

  /** Returns the last bytes of the member: the checksum, and the length modulo 2<sup>32</sup>. */
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
