package dev.ssebroker.http;

import java.time.Duration;
import java.util.Map;

/** How a request is turned away that may come again later. */
final class Refusal {
  private static final Duration RETRY = Duration.ofSeconds(10);

  private Refusal() {}

  /**
   * A browser's EventSource gives up for good at any status but 200 (HTML §9.2.3), so it gets a
   * stream that is over at once and says when to come back. Others get the status.
   */
  static Decision.Answer of(Request request, int status) {
    Duration retry = Retry.around(RETRY);
    return request.wantsEvents()
        ? new Decision.Answer(200, "text/event-stream", Retry.field(retry), Map.of())
        : Decision.reject(status).with("Retry-After", Long.toString(retry.toSeconds()));
  }
}
