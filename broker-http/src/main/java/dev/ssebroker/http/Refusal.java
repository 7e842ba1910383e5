package dev.ssebroker.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** How a request is turned away that may come again later. */
final class Refusal {
  private static final Duration RETRY = Duration.ofSeconds(10);

  private Refusal() {}

  /**
   * A browser's EventSource gives up for good at any status but 200 (HTML §9.2.3), so it gets a
   * stream that is over at once and says when to come back. Others get the status.
   */
  static Decision.Answer of(Request request, int status) {
    Duration retry = around(RETRY);
    if (request.wantsEvents()) {
      return new Decision.Answer(
          200, "text/event-stream", "retry: " + retry.toMillis() + "\n\n", Map.of());
    }
    return Decision.reject(status).with("Retry-After", Long.toString(retry.toSeconds()));
  }

  /** A random time, a third shorter to a third longer, so that clients do not come back at once. */
  static Duration around(Duration time) {
    long third = time.toMillis() / 3;
    return time.plusMillis(third == 0 ? 0 : ThreadLocalRandom.current().nextLong(-third, third));
  }
}
