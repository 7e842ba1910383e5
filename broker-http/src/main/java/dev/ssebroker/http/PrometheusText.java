package dev.ssebroker.http;

import dev.ssebroker.BrokerStats;
import dev.ssebroker.CloseReason;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;

/**
 * A broker's figures in Prometheus' text format, version 0.0.4. Counters start when the broker is
 * opened; durations are in seconds.
 */
final class PrometheusText {
  /** The media type by which a scraper recognizes the format. */
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder(4096);

  private PrometheusText() {}

  /** Returns all figures of the stats, and the number of the server's connections. */
  static String of(BrokerStats stats, long connections) {
    PrometheusText text = new PrometheusText();
    text.gauge("sse_http_connections", "Open connections.", connections);
    text.gauge("sse_clients", "Current clients.", stats.clients().current());
    text.gauge(
        "sse_clients_replaying",
        "Clients that read from the history or the shared log.",
        stats.clients().replaying());
    text.counter("sse_clients_added_total", "Clients added.", stats.clients().added());
    text.clientsEnded(stats);
    text.counter("sse_published_total", "Events published.", stats.events().published());
    text.counter(
        "sse_delivered_total",
        "Events written to clients, counted once for each client.",
        stats.events().delivered());
    text.counter(
        "sse_delivered_bytes_total",
        "Bytes written to clients before compression, with heartbeats and gap notices.",
        stats.events().deliveredBytes());
    text.counter(
        "sse_dropped_total",
        "Events dropped by overflow policies or with an ended client, counted once for each client.",
        stats.events().dropped());
    text.counter("sse_gaps_total", "Gap notices written to clients.", stats.events().gaps());
    text.counter(
        "sse_missed_total",
        "Events that gap notices reported as missed, where the number was known.",
        stats.events().missed());
    text.gauge("sse_history_events", "Events in the history.", stats.history().events());
    text.gauge("sse_history_bytes", "Size of the events in the history.", stats.history().bytes());
    text.gauge(
        "sse_queue_longest_events", "Events in the longest queue.", stats.queues().longestEvents());
    text.gauge(
        "sse_queue_bytes",
        "Size of all queued events, counted once for each queue.",
        stats.queues().bytes());
    text.gauge(
        "sse_queue_oldest_seconds",
        "Time that the oldest queued event has waited.",
        seconds(stats.queues().oldestAge()));
    text.gauge(
        "sse_log_available",
        "1 if the shared log answered the last request or there is none, otherwise 0.",
        stats.log().available() ? 1 : 0);
    return text.text.toString();
  }

  private void clientsEnded(BrokerStats stats) {
    String name = "sse_clients_ended_total";
    head(name, "counter", "Clients ended, by reason.");
    stats
        .clients()
        .ended()
        .forEach((reason, count) -> sample(name + "{reason=\"" + label(reason) + "\"}", count));
  }

  /** Returns letters and hyphens, as in a gap notice, so no character needs an escape. */
  private static String label(CloseReason reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns the exact number, without an exponent. */
  private static String seconds(Duration duration) {
    return BigDecimal.valueOf(duration.toNanos(), 9).stripTrailingZeros().toPlainString();
  }

  private void counter(String name, String help, long value) {
    head(name, "counter", help);
    sample(name, value);
  }

  private void gauge(String name, String help, Object value) {
    head(name, "gauge", help);
    sample(name, value);
  }

  private void head(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private void sample(String series, Object value) {
    text.append(series).append(' ').append(value).append('\n');
  }
}
