package dev.ssebroker.bench;

/**
 * Examines eight bytes in one step, as a long of a little-endian buffer: the first byte is lowest.
 */
final class EightBytes {
  /** A 1 in each byte. Multiplied by a byte value, it has that value in each byte. */
  static final long ONES = 0x0101010101010101L;

  private static final long HIGHS = 0x8080808080808080L;
  private static final long EVERY_ZERO = '0' * ONES;

  private EightBytes() {}

  /** Returns a long whose lowest set bit marks the first byte below 14; 0 if there is none. */
  static long below14(long eight) {
    return (eight - 14 * ONES) & ~eight & HIGHS;
  }

  /** Returns a long whose lowest set bit marks the first zero byte; 0 if there is none. */
  static long zeros(long eight) {
    return (eight - ONES) & ~eight & HIGHS;
  }

  /**
   * Returns a long whose lowest set bit marks the first byte that is not a digit; 0 if there is
   * none.
   */
  static long nonDigits(long eight) {
    long values = eight ^ EVERY_ZERO;
    return (values | (values + (0x7F - 9) * ONES)) & HIGHS;
  }

  /** Returns the decimal number in the first {@code length} bytes, 1 to 8. */
  static long number(long eight, int length) {
    return eightDigits(withLeadingZeros(eight, length));
  }

  private static long withLeadingZeros(long eight, int length) {
    return length == 8 ? eight : (eight << (64 - 8 * length)) | (EVERY_ZERO >>> (8 * length));
  }

  /** Combines digits to pairs, pairs to fours, and fours to the number. */
  private static long eightDigits(long eight) {
    long values = eight ^ EVERY_ZERO;
    long pairs = (values * 10 + (values >>> 8)) & 0x00FF00FF00FF00FFL;
    long fours = (pairs * 100 + (pairs >>> 16)) & 0x0000FFFF0000FFFFL;
    return (fours * 10_000 + (fours >>> 32)) & 0xFFFFFFFFL;
  }

  /** Returns up to eight ASCII characters as a long, padded with zeros. */
  static long packed(String text) {
    long packed = 0;
    for (int i = 0; i < text.length(); i++) {
      packed |= (long) text.charAt(i) << (8 * i);
    }
    return packed;
  }
}
