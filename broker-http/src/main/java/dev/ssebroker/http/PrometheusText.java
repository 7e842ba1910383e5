package dev.ssebroker.http;

import dev.ssebroker.BrokerStats;
import dev.ssebroker.CloseReason;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;

/**
 * A broker's numbers as Prometheus reads them: its text format, version 0.0.4. Counters begin with
 * the broker; durations are in seconds.
 */
final class PrometheusText {
  /** The media type that tells a scraper what it gets. */
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder(4096);

  private PrometheusText() {}

  /** Every component of the stats, and how many connections the server has. */
  static String of(BrokerStats stats, long connections) {
    PrometheusText text = new PrometheusText();
    text.gauge("sse_http_connections", "Connections that are open.", connections);
    text.gauge("sse_clients", "Clients there are.", stats.clients());
    text.gauge(
        "sse_clients_behind",
        "Clients that are behind, and served from the history.",
        stats.clientsBehind());
    text.counter("sse_clients_added_total", "Clients there ever were.", stats.clientsAdded());
    text.clientsEnded(stats);
    text.counter("sse_published_total", "Events published.", stats.published());
    text.counter(
        "sse_delivered_total",
        "Events written to clients, each counted once for each client.",
        stats.delivered());
    text.counter(
        "sse_delivered_bytes_total",
        "Bytes written to clients, heartbeats and notices included.",
        stats.deliveredBytes());
    text.counter(
        "sse_dropped_total",
        "Events that clients missed by their policy or end, each counted once for each client.",
        stats.dropped());
    text.counter("sse_gaps_total", "Gap notices given.", stats.gaps());
    text.counter(
        "sse_missed_total",
        "Events that gap notices spoke of, as far as their number was known.",
        stats.missed());
    text.gauge("sse_history_events", "Events that the history keeps.", stats.historyEvents());
    text.gauge("sse_history_bytes", "Size of the events in the history.", stats.historyBytes());
    text.gauge(
        "sse_outbox_longest_events", "Most events queued in one outbox.", stats.longestOutbox());
    text.gauge(
        "sse_outbox_bytes",
        "Size of all queued events, each counted once for each outbox it is in.",
        stats.outboxBytes());
    text.gauge(
        "sse_outbox_oldest_seconds",
        "How long the oldest event in any outbox has waited.",
        seconds(stats.oldestUnsent()));
    text.gauge(
        "sse_log_away",
        "1 if the log that brokers share did not answer when last asked.",
        stats.logAway() ? 1 : 0);
    return text.text.toString();
  }

  private void clientsEnded(BrokerStats stats) {
    String name = "sse_clients_ended_total";
    head(name, "counter", "Clients that ended, by reason.");
    stats
        .clientsEnded()
        .forEach((reason, count) -> sample(name + "{reason=\"" + label(reason) + "\"}", count));
  }

  /** Letters and hyphens, as in a gap notice: nothing to escape. */
  private static String label(CloseReason reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Exact, and without an exponent. */
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
