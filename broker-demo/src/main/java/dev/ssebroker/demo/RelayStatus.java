package dev.ssebroker.demo;

import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a relay says of itself.
 *
 * @param url without credentials and query
 * @param error why there is no connection; null if nothing is wrong
 * @param retryInMillis when the next try comes; empty if none is awaited
 * @param relayed the number of events that were published so far
 */
record RelayStatus(
    String url, State state, @Nullable String error, OptionalLong retryInMillis, long relayed) {

  /** Where the relay stands. */
  enum State {
    CONNECTING,
    OPEN,
    WAITING,
    ENDED
  }

  /** Returns an object with all five names; what there is not is {@code null}. */
  String toJson() {
    return "{\"url\":%s,\"state\":\"%s\",\"error\":%s,\"retryInMillis\":%s,\"relayed\":%d}"
        .formatted(
            EventJson.quote(url),
            state.name().toLowerCase(Locale.ROOT),
            error == null ? "null" : EventJson.quote(error),
            retryInMillis.isPresent() ? Long.toString(retryInMillis.getAsLong()) : "null",
            relayed);
  }
}
