package dev.ssebroker.demo;

import java.util.Optional;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Request;

/** The request for an event stream. */
final class StreamRequest {
  private StreamRequest() {}

  /**
   * Makes one.
   *
   * @param authorization the field's value
   * @param lastEventId to go on behind
   */
  static Request of(HttpUrl url, Optional<String> authorization, Optional<String> lastEventId) {
    Headers.Builder fields =
        new Headers.Builder().add("Accept", "text/event-stream").add("Cache-Control", "no-store");
    authorization.ifPresent(value -> fields.add("Authorization", value));
    // As UTF-8 (HTML §9.2.3), since an id may have any characters.
    lastEventId.ifPresent(id -> fields.addUnsafeNonAscii("Last-Event-ID", id));
    return new Request.Builder().url(url).headers(fields.build()).build();
  }
}
