package dev.ssebroker;

/**
 * What became of a published event at the moment of its publication.
 *
 * @param offered the number of clients for which it was queued
 * @param dropped the number of clients whose outbox was full; each of them was ended with {@link
 *     CloseReason#TOO_SLOW}
 */
public record Receipt(int offered, int dropped) {}
