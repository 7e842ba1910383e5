package dev.ssebroker;

import java.time.Duration;

/**
 * How far a client lags.
 *
 * @param events the number of events that wait for it in its queue and in the history; the most
 *     that can wait, if it reads from a shared log
 * @param bytes the size of the events in its queue
 * @param age how long the oldest event in its queue has waited; zero if there is none
 */
public record Lag(long events, long bytes, Duration age) {}
