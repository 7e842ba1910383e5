/**
 * Shows a {@link dev.ssebroker.Broker}'s numbers in a Micrometer registry.
 *
 * <pre>
 *  any thread that reads a meter
 *  MeterRegistry ──▶ BrokerMetrics' meters ──▶ RecentStats ──▶ Broker.stats
 *                                              one for all,    looks at every client
 *                                              a second old    under the broker's lock
 *                                              at most
 * </pre>
 */
package dev.ssebroker.micrometer;
