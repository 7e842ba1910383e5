package dev.ssebroker.demo;

import java.time.Duration;
import java.util.Optional;
import okhttp3.Response;

/** Reads the Retry-After field of a response. */
final class RetryAfter {
  private static final long MAX_SECONDS = 60;

  private RetryAfter() {}

  /**
   * Returns the delay in seconds (RFC 9110 §10.2.3). Empty for a date, which the backoff replaces.
   */
  static Optional<Duration> of(Response response) {
    return Optional.ofNullable(response.header("Retry-After"))
        .filter(text -> text.matches("[0-9]{1,9}"))
        .map(text -> Math.min(Long.parseLong(text), MAX_SECONDS))
        .map(Duration::ofSeconds);
  }
}
