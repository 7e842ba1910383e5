package dev.ssebroker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The settings of a client. Its maximum age is null if it has none. */
record SubscriptionSettings(
    Overflow overflow,
    int queueEvents,
    long queueBytes,
    Duration heartbeat,
    @Nullable Duration maxAge) {
  static final SubscriptionSettings DEFAULTS =
      new SubscriptionSettings(Overflow.REPLAY, 1024, 1024 * 1024, Duration.ofSeconds(15), null);
}
