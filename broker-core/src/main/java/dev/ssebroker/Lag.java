package dev.ssebroker;

import java.time.Duration;

/**
 * How far a client lags behind what was published to it.
 *
 * @param events how many events wait to be written to it, in its queue and in the history; for one
 *     that has to read from a log that brokers share, the most that can wait there
 * @param bytes the size of those in its queue
 * @param age how long the oldest event in its queue has waited; zero if there is none
 */
public record Lag(long events, long bytes, Duration age) {}
