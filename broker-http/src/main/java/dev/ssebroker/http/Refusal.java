package dev.ssebroker.http;

import java.time.Duration;

/** The answer that refuses a request which may be repeated later. */
final class Refusal {
  private static final Duration RETRY = Duration.ofSeconds(10);

  private Refusal() {}

  /**
   * Returns a soft refusal if the client asks for events, and the status otherwise. A browser's
   * EventSource stops for good at any status but 200 (HTML §9.2.3). A soft refusal is a stream that
   * ends at once and says when to reconnect.
   */
  static Decision.Answer of(Request request, int status) {
    Duration retry = Retry.around(RETRY);
    return request.wantsEvents()
        ? Decision.answer("text/event-stream", Retry.field(retry))
        : Decision.refuse(status).with("Retry-After", Long.toString(retry.toSeconds()));
  }
}
