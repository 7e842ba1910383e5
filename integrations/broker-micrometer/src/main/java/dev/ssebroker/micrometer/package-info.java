/**
 * The statistics of a {@link dev.ssebroker.Broker} as Micrometer meters.
 *
 * <pre>
 *  any thread that reads a meter
 *  MeterRegistry ──▶ BrokerMetrics' meters ──▶ RecentStats ──▶ Broker.stats
 *                                              shared by all,  visits every client
 *                                              at most one     under the broker's lock
 *                                              second old
 * </pre>
 */
package dev.ssebroker.micrometer;
