package dev.ssebroker.demo;

import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The status of a relay.
 *
 * @param url the address of the upstream, without credentials and query
 * @param error why there is no connection; null if there is no problem
 * @param retryInMillis the delay before the next attempt; empty unless waiting
 * @param relayed the number of events published so far
 */
record RelayStatus(
    String url, State state, @Nullable String error, OptionalLong retryInMillis, long relayed) {

  /** The states of a relay. */
  enum State {
    CONNECTING,
    OPEN,
    WAITING,
    ENDED
  }

  /** Returns a JSON object with all five members; absent values are {@code null}. */
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
