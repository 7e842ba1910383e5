package dev.ssebroker.redis;

import java.security.SecureRandom;

/** Generates unique names: 52 random bits, as digits and lower-case letters. */
final class Token {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Token() {}

  static String next() {
    return Long.toString(RANDOM.nextLong() >>> 12, Character.MAX_RADIX);
  }
}
