package dev.ssebroker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a client is served.
 *
 * @param queueEvents the most events in the queue
 * @param queueBytes the most bytes in the queue
 * @param maxAge null for clients that may stay for ever
 */
record SubscriptionSettings(
    Overflow overflow,
    int queueEvents,
    long queueBytes,
    Duration heartbeat,
    @Nullable Duration maxAge) {

  static final SubscriptionSettings DEFAULTS =
      new SubscriptionSettings(Overflow.REPLAY, 1024, 1024 * 1024, Duration.ofSeconds(15), null);
}
