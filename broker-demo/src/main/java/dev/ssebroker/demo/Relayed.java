package dev.ssebroker.demo;

/**
 * A stream of another server whose events are published here, too.
 *
 * @param url the stream's address, {@code http} or {@code https}
 * @param topic what they are published to
 */
record Relayed(String url, String topic) {}
