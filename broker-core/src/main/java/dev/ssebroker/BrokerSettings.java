package dev.ssebroker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a broker was opened with.
 *
 * @param historyEvents the most events in the history of each topic; 0 for no history
 * @param historyBytes the most bytes in all histories together
 * @param listener null for none
 * @param log null for a broker that shares no log
 */
record BrokerSettings(
    SubscriptionSettings subscriptions,
    Duration writeDeadline,
    int historyEvents,
    long historyBytes,
    Duration historyAge,
    @Nullable BrokerListener listener,
    @Nullable EventLog log) {}
