package dev.ssebroker;

/**
 * What became of a published event at the moment of its publication. A client that matches is
 * counted in {@code queued} or {@code replaying} or not at all: its policy then was to drop the
 * event or to end.
 *
 * <p>If the broker shares a log with others, a receipt says that the event is stored there; each of
 * them delivers it afterwards, and all numbers are 0.
 *
 * @param id the event's id, as clients receive it; also given out if there is no history to resume
 *     from, but then not sent
 * @param queued the number of clients for which it was queued
 * @param replaying the number of replaying clients, which will read it from the history or the
 *     shared log
 * @param dropped the number of events that were dropped because of it, older ones and itself, each
 *     counted once for each client that misses it
 */
public record Receipt(String id, int queued, int replaying, int dropped) {}
