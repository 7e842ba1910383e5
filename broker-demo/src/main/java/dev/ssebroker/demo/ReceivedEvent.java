package dev.ssebroker.demo;

import java.time.Instant;
import java.util.Optional;

/**
 * An event as it came.
 *
 * @param id the last event id, which may be that of an earlier event; empty if there was none
 */
record ReceivedEvent(Instant time, Optional<String> id, String type, String data) {}
