package dev.ssebroker.demo;

import java.time.Instant;
import java.util.Optional;

/**
 * A received event.
 *
 * @param id the last event id of the stream, possibly of an earlier event; empty if there is none
 */
record ReceivedEvent(Instant time, Optional<String> id, String type, String data) {}
