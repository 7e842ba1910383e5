package dev.ssebroker.http;

import java.io.InputStream;
import java.util.SplittableRandom;

/** An input that delivers bytes in pieces, as a network does, and that may be endless. */
final class SlicedInput extends InputStream {
  private final byte[] bytes;
  private final SplittableRandom random;
  private final int largest;
  private final boolean endless;
  private long position;
  private long allowed = Long.MAX_VALUE;
  private int ends;

  /**
   * Creates an input of slices.
   *
   * @param largest the largest number of bytes in a slice
   * @param endless whether the bytes repeat
   */
  SlicedInput(byte[] bytes, SplittableRandom random, int largest, boolean endless) {
    this.bytes = bytes;
    this.random = random;
    this.largest = largest;
    this.endless = endless;
  }

  /** Fails if more than this number of further bytes is read. */
  void allow(long count) {
    allowed = position + count;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    int begin = (int) (position % bytes.length);
    if (!endless && position == bytes.length) {
      ends++;
      if (ends > 3) {
        throw new AssertionError("the end is read too often");
      }
      return -1;
    }
    int piece = 1 + random.nextInt(largest);
    int size = Math.min(Math.min(bytes.length - begin, length), piece);
    System.arraycopy(bytes, begin, target, offset, size);
    position += size;
    if (position > allowed) {
      throw new AssertionError("more bytes are read than a request can have");
    }
    return size;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }
}
