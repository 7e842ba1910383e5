package dev.ssebroker.demo;

import java.util.Optional;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Request;

/** Creates requests for event streams. */
final class StreamRequest {
  private StreamRequest() {}

  /**
   * Creates a request.
   *
   * @param authorization the value of the Authorization field
   * @param lastEventId the id to resume after
   */
  static Request of(HttpUrl url, Optional<String> authorization, Optional<String> lastEventId) {
    Headers.Builder fields =
        new Headers.Builder().add("Accept", "text/event-stream").add("Cache-Control", "no-store");
    authorization.ifPresent(value -> fields.add("Authorization", value));
    // UTF-8 (HTML §9.2.3), since an id may contain any character.
    lastEventId.ifPresent(id -> fields.addUnsafeNonAscii("Last-Event-ID", id));
    return new Request.Builder().url(url).headers(fields.build()).build();
  }
}
