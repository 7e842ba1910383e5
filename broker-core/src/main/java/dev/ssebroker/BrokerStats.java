package dev.ssebroker;

import java.time.Duration;
import java.util.Map;

/**
 * What a broker has done since it was opened, and how it stands at one moment.
 *
 * @param clients the clients there are
 * @param clientsBehind those of them that are behind, and served from the history
 * @param clientsAdded all clients there ever were
 * @param clientsEnded how many clients ended for each reason; every reason has an entry
 * @param published the events published
 * @param delivered the events written to clients, each counted once for each client
 * @param deliveredBytes the bytes written to clients, heartbeats and notices included
 * @param dropped the events that clients missed by their policy or end, each counted once for each
 *     client; what a client later misses because the history does not reach back is in {@code
 *     missed}
 * @param gaps the gap notices given
 * @param missed the events that gap notices spoke of, as far as their number was known
 * @param historyEvents the events that the history keeps
 * @param historyBytes the size of these
 * @param longestOutbox the most events queued in one outbox
 * @param outboxBytes the size of all queued events, each counted once for each outbox it is in,
 *     although its bytes are shared
 * @param oldestUnsent how long the oldest event in any outbox has waited
 * @param logAway whether the log that the broker shares with others did not answer when it was last
 *     asked; false without such a log
 */
public record BrokerStats(
    int clients,
    int clientsBehind,
    long clientsAdded,
    Map<CloseReason, Long> clientsEnded,
    long published,
    long delivered,
    long deliveredBytes,
    long dropped,
    long gaps,
    long missed,
    int historyEvents,
    long historyBytes,
    long longestOutbox,
    long outboxBytes,
    Duration oldestUnsent,
    boolean logAway) {}
