package dev.ssebroker;

/**
 * The outcome of a publication at that moment. A client of the topic counts as queued or replaying,
 * unless its policy was to drop the event or to end. If the broker shares a log, a receipt says
 * that the log has stored the event, and all numbers are 0.
 *
 * @param id the event's id, as clients receive it; without a history it is not sent
 * @param queued the number of clients for which the event was queued
 * @param replaying the number of replaying clients, which read it from the history or the log
 * @param dropped the number of events dropped because of this one, itself included; each counts
 *     once for each client that misses it
 */
public record Receipt(String id, int queued, int replaying, int dropped) {}
