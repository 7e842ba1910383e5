package dev.ssebroker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a broker. The bound on events is for each topic, that on bytes for all together.
 */
record BrokerSettings(
    SubscriptionSettings subscriptions,
    Duration writeDeadline,
    int historyEvents,
    long historyBytes,
    Duration historyAge,
    @Nullable BrokerListener listener,
    @Nullable EventLog log) {}
