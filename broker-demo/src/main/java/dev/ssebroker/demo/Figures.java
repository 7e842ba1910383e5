package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerStats;
import dev.ssebroker.Event;
import dev.ssebroker.Lag;
import dev.ssebroker.Receipt;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The figures of the demo, computed once a second. They are published as an event, unless the log
 * is shared: other demos would receive that event too. The figures do not count their own events
 * and deliveries. Used by one thread.
 */
final class Figures {
  /** The type of the events, and their topic, to which nothing else is published. */
  static final String NAME = "stats";

  private final Broker broker;
  private final Crowd crowd;
  private final PublishTimes publishTimes;
  private final Latency latency;
  private final Supplier<Duration> interval;
  private final Supplier<Optional<RelayStatus>> relay;
  private final LongSupplier wallMillis;
  private final LongSupplier nanos;

  private long ownPublished;
  private long ownDelivered;
  private Totals last;

  /** The monotonic counters at one moment. */
  private record Totals(
      long nanos, long published, long delivered, Map<ClientKind, Long> received, long web) {}

  /**
   * Creates the figures and starts to count.
   *
   * @param interval the interval of the ticker
   * @param relay the status of the relay; empty if there is none
   * @param wallMillis the time of day, in milliseconds since 1970
   * @param nanos the clock of the publish times and of all rates
   */
  Figures(
      Broker broker,
      Crowd crowd,
      PublishTimes publishTimes,
      Latency latency,
      Supplier<Duration> interval,
      Supplier<Optional<RelayStatus>> relay,
      LongSupplier wallMillis,
      LongSupplier nanos) {
    this.broker = broker;
    this.crowd = crowd;
    this.publishTimes = publishTimes;
    this.latency = latency;
    this.interval = interval;
    this.relay = relay;
    this.wallMillis = wallMillis;
    this.nanos = nanos;
    this.last = totals(broker.stats());
  }

  /** Publishes the figures since the previous call. Must not be called if the log is shared. */
  void publish() {
    Receipt receipt = broker.publish(NAME, Event.of(NAME, next()));
    ownPublished++;
    ownDelivered += receipt.queued() + receipt.replaying();
  }

  private Totals totals(BrokerStats stats) {
    Map<ClientKind, Long> received = new EnumMap<>(ClientKind.class);
    long extra = 0;
    for (ClientKind kind : ClientKind.values()) {
      received.put(kind, crowd.received(kind));
      extra += crowd.received(kind);
    }
    long delivered = Math.max(0, stats.events().delivered() - ownDelivered);
    return new Totals(
        nanos.getAsLong(),
        stats.events().published() - ownPublished,
        delivered,
        received,
        Math.max(0, delivered - extra));
  }

  /** Returns the figures since the previous call, as a JSON object. */
  String next() {
    BrokerStats stats = broker.stats();
    Totals now = totals(stats);
    double seconds = Math.max(1e-3, (now.nanos() - last.nanos()) / 1e9);
    List<Crowd.Member> members = crowd.members();
    long fast = now.received().getOrDefault(ClientKind.FAST, 0L);
    long fastBefore = last.received().getOrDefault(ClientKind.FAST, 0L);
    String kinds =
        Arrays.stream(ClientKind.values())
            .map(kind -> "\"%s\":%s".formatted(kind.label(), kind(kind, members, now, seconds)))
            .collect(Collectors.joining(","));
    String json =
        """
        {"time":%d,"interval":%d,"published":%s,"delivered":%s,"dropped":%d,"gaps":%d,"missed":%d,\
        "clients":%d,"replaying":%d,"longestQueue":%d,"historyEvents":%d,"oldestQueued":%d,\
        "latency":%s,"relay":%s,"kinds":{%s}}\
        """
            .formatted(
                wallMillis.getAsLong(),
                interval.get().toMillis(),
                rate(now.published(), last.published(), seconds),
                rate(now.delivered(), last.delivered(), seconds),
                stats.events().dropped(),
                stats.events().gaps(),
                stats.events().missed(),
                stats.clients().current(),
                stats.clients().replaying(),
                stats.queues().longestEvents(),
                stats.history().events(),
                stats.queues().oldestAge().toMillis(),
                latency.summarize(fast - fastBefore).map(Figures::latency).orElse("null"),
                relay.get().map(RelayStatus::toJson).orElse("null"),
                kinds);
    last = now;
    return json;
  }

  private static String rate(long now, long before, double seconds) {
    return "{\"total\":%d,\"perSecond\":%s}".formatted(now, perSecond(now, before, seconds));
  }

  private static String perSecond(long now, long before, double seconds) {
    return String.format(Locale.ROOT, "%.1f", Math.max(0, now - before) / seconds);
  }

  private String kind(ClientKind kind, List<Crowd.Member> members, Totals now, double seconds) {
    List<Lag> lags =
        members.stream()
            .filter(member -> member.kind() == kind)
            .map(member -> member.subscription().lag())
            .toList();
    long events = lags.stream().mapToLong(Lag::events).max().orElse(0);
    long queued = lags.stream().mapToLong(lag -> lag.age().toNanos()).max().orElse(0);
    long age = Math.max(queued, publishTimes.ageNanos(events, now.nanos()));
    String rate =
        kind == ClientKind.WEB
            ? perSecond(now.web(), last.web(), seconds)
            : perSecond(
                now.received().getOrDefault(kind, 0L),
                last.received().getOrDefault(kind, 0L),
                seconds);
    return "{\"clients\":%d,\"perSecond\":%s,\"lagEvents\":%d,\"lagMillis\":%d,\"gaps\":%d}"
        .formatted(lags.size(), rate, events, age / 1_000_000, crowd.gaps(kind));
  }

  private static String latency(Latency.Summary summary) {
    return String.format(
        Locale.ROOT,
        "{\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}",
        summary.p50Nanos() / 1e6,
        summary.p99Nanos() / 1e6,
        summary.maxNanos() / 1e6);
  }
}
