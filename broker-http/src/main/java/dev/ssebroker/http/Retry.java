package dev.ssebroker.http;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The times after which clients reconnect. They are random, so that clients do not all reconnect at
 * once.
 */
final class Retry {
  private Retry() {}

  /** Returns a random time, up to a third shorter or longer. */
  static Duration around(Duration time) {
    long third = time.toMillis() / 3;
    return time.plusMillis(third == 0 ? 0 : ThreadLocalRandom.current().nextLong(-third, third));
  }

  /** Returns the field {@code retry} and an empty line (HTML §9.2.6). */
  static String field(Duration time) {
    return "retry: " + time.toMillis() + "\n\n";
  }

  /** Returns the first bytes of a stream's body. */
  static byte[] prelude(Duration time) {
    return field(around(time)).getBytes(StandardCharsets.US_ASCII);
  }
}
