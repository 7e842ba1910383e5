package dev.ssebroker.micrometer;

import dev.ssebroker.BrokerStats;
import dev.ssebroker.CloseReason;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * The metrics of a broker. {@code broker-http} and {@code broker-micrometer} have the same file,
 * but for the package; a test compares them.
 */
enum BrokerMetric {
  CLIENTS("sse.clients", Type.GAUGE, "", "Current clients.", stats -> stats.clients().current()),
  CLIENTS_REPLAYING(
      "sse.clients.replaying",
      Type.GAUGE,
      "",
      "Clients that read from the history or the shared log.",
      stats -> stats.clients().replaying()),
  CLIENTS_ADDED(
      "sse.clients.added", Type.COUNTER, "", "Clients added.", stats -> stats.clients().added()),
  CLIENTS_ENDED("sse.clients.ended", Type.COUNTER, "", "Clients ended, by reason.", ended()),
  PUBLISHED(
      "sse.published", Type.COUNTER, "", "Events published.", stats -> stats.events().published()),
  DELIVERED(
      "sse.delivered",
      Type.COUNTER,
      "",
      "Events written to clients, counted once for each client.",
      stats -> stats.events().delivered()),
  DELIVERED_BYTES(
      "sse.delivered.bytes",
      Type.COUNTER,
      "bytes",
      "Bytes written to clients before compression, with heartbeats and gap notices.",
      stats -> stats.events().deliveredBytes()),
  DROPPED(
      "sse.dropped",
      Type.COUNTER,
      "",
      "Events dropped by overflow policies or with an ended client, counted once for each client.",
      stats -> stats.events().dropped()),
  GAPS(
      "sse.gaps",
      Type.COUNTER,
      "",
      "Gap notices written to clients.",
      stats -> stats.events().gaps()),
  MISSED(
      "sse.missed",
      Type.COUNTER,
      "",
      "Events that gap notices reported as missed, where the number was known.",
      stats -> stats.events().missed()),
  HISTORY_EVENTS(
      "sse.history.events",
      Type.GAUGE,
      "events",
      "Events in the history.",
      stats -> stats.history().events()),
  HISTORY_BYTES(
      "sse.history.bytes",
      Type.GAUGE,
      "bytes",
      "Size of the events in the history.",
      stats -> stats.history().bytes()),
  QUEUE_LONGEST(
      "sse.queue.longest",
      Type.GAUGE,
      "events",
      "Events in the longest queue.",
      stats -> stats.queues().longestEvents()),
  QUEUE_BYTES(
      "sse.queue.bytes",
      Type.GAUGE,
      "bytes",
      "Size of all queued events, counted once for each queue.",
      stats -> stats.queues().bytes()),
  QUEUE_OLDEST(
      "sse.queue.oldest",
      Type.GAUGE,
      "seconds",
      "Time that the oldest queued event has waited.",
      stats -> stats.queues().oldestAge().toNanos()),
  LOG_AVAILABLE(
      "sse.log.available",
      Type.GAUGE,
      "",
      "1 if the shared log answered the last request or there is none, otherwise 0.",
      stats -> stats.log().available() ? 1 : 0);

  /** Whether a metric can fall. */
  enum Type {
    GAUGE,
    COUNTER
  }

  /**
   * One number of a metric.
   *
   * @param reason the label {@code reason}; empty if the metric has one number only
   * @param value a time is in nanoseconds
   */
  record Series(String reason, ToLongFunction<BrokerStats> value) {}

  /** As in Micrometer. Prometheus has underscores, the unit and {@code _total} of counters. */
  final String dottedName;

  final Type type;

  /** Empty if there is none. */
  final String unit;

  final String help;

  @SuppressWarnings("ImmutableEnumChecker") // The lists are unmodifiable, and so are the functions.
  final List<Series> series;

  BrokerMetric(
      String dottedName, Type type, String unit, String help, ToLongFunction<BrokerStats> value) {
    this(dottedName, type, unit, help, List.of(new Series("", value)));
  }

  BrokerMetric(String dottedName, Type type, String unit, String help, List<Series> series) {
    this.dottedName = dottedName;
    this.type = type;
    this.unit = unit;
    this.help = help;
    this.series = series;
  }

  private static List<Series> ended() {
    return Arrays.stream(CloseReason.values())
        .map(reason ->
            new Series(label(reason), stats -> stats.clients().ended().getOrDefault(reason, 0L)))
        .toList();
  }

  /** Returns letters and hyphens, as in a gap notice. */
  static String label(Enum<?> reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  String prometheusName() {
    String name = dottedName.replace('.', '_');
    String withUnit = unit.isEmpty() || name.endsWith("_" + unit) ? name : name + "_" + unit;
    return type == Type.COUNTER ? withUnit + "_total" : withUnit;
  }
}
