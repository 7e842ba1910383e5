package dev.ssebroker.bench;

/** Looks at eight bytes in one step: a word of a little-endian buffer, the first byte lowest. */
final class EightBytes {
  /** One in each byte: times a byte, eight of it. */
  static final long ONES = 0x0101010101010101L;

  private static final long HIGHS = 0x8080808080808080L;
  private static final long EVERY_ZERO = '0' * ONES;

  private EightBytes() {}

  /** Returns a word whose lowest set bit is that of the first byte below 14, 0 if there is none. */
  static long below14(long eight) {
    return (eight - 14 * ONES) & ~eight & HIGHS;
  }

  /** Returns a word whose lowest set bit is that of the first zero byte, 0 if there is none. */
  static long zeros(long eight) {
    return (eight - ONES) & ~eight & HIGHS;
  }

  /** Returns a word whose lowest set bit is that of the first byte that is no digit. */
  static long nonDigits(long eight) {
    long values = eight ^ EVERY_ZERO;
    return (values | (values + (0x7F - 9) * ONES)) & HIGHS;
  }

  /** Returns the number that the first so many bytes, from 1 to 8, are the digits of. */
  static long number(long eight, int length) {
    return eightDigits(withZerosBefore(eight, length));
  }

  private static long withZerosBefore(long eight, int length) {
    return length == 8 ? eight : (eight << (64 - 8 * length)) | (EVERY_ZERO >>> (8 * length));
  }

  /**
   * Adds neighbours up to pairs, pairs to fours, fours to the number; the first digit is lowest.
   */
  private static long eightDigits(long eight) {
    long values = eight ^ EVERY_ZERO;
    long pairs = (values * 10 + (values >>> 8)) & 0x00FF00FF00FF00FFL;
    long fours = (pairs * 100 + (pairs >>> 16)) & 0x0000FFFF0000FFFFL;
    return (fours * 10_000 + (fours >>> 32)) & 0xFFFFFFFFL;
  }

  /** Returns a text of up to eight ASCII characters as such a word, with zeros behind it. */
  static long packed(String text) {
    long packed = 0;
    for (int i = 0; i < text.length(); i++) {
      packed |= (long) text.charAt(i) << (8 * i);
    }
    return packed;
  }
}
