package dev.ssebroker.http;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When clients are asked to come back: each at a time of its own, so that they do not all at once.
 */
final class Retry {
  private Retry() {}

  /** A random time, a third shorter to a third longer. */
  static Duration around(Duration time) {
    long third = time.toMillis() / 3;
    return time.plusMillis(third == 0 ? 0 : ThreadLocalRandom.current().nextLong(-third, third));
  }

  /** The field of a stream that says so, and an empty line (HTML §9.2.6). */
  static String field(Duration time) {
    return "retry: " + time.toMillis() + "\n\n";
  }

  /** The first bytes of a stream's body. */
  static byte[] prelude(Duration time) {
    return field(around(time)).getBytes(StandardCharsets.US_ASCII);
  }
}
