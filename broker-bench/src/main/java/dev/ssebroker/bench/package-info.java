/**
 * Measures the throughput and latency of the broker.
 *
 * <p>Events are counted where they arrive. A run that loses an event fails, since a broker that
 * drops events is always fast.
 */
@NullMarked
package dev.ssebroker.bench;

import org.jspecify.annotations.NullMarked;
