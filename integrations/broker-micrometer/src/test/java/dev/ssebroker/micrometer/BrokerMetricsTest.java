package dev.ssebroker.micrometer;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerStats;
import dev.ssebroker.CloseReason;
import dev.ssebroker.Event;
import dev.ssebroker.Sink;
import dev.ssebroker.Subscription;
import dev.ssebroker.api.NumberedStats;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BrokerMetricsTest {
  private static final SortedMap<String, Object> VALUES = NumberedStats.values();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  /** The clock. A test advances it, so that the next read takes the stats again. */
  private final AtomicLong now = new AtomicLong();

  @Test
  void metersShowTheStats() throws Exception {
    new BrokerMetrics(BrokerMetricsTest::numbered, Tags.empty(), now::get).bindTo(registry);

    assertEquals(
        Map.ofEntries(
            Map.entry("GAUGE sse.clients", value("clients.current")),
            Map.entry("GAUGE sse.clients.replaying", value("clients.replaying")),
            Map.entry("COUNTER sse.clients.added", value("clients.added")),
            Map.entry("COUNTER sse.clients.ended reason=disconnected", 2000.0),
            Map.entry("COUNTER sse.clients.ended reason=unsubscribed", 2001.0),
            Map.entry("COUNTER sse.clients.ended reason=too-slow", 2002.0),
            Map.entry("COUNTER sse.clients.ended reason=write-timed-out", 2003.0),
            Map.entry("COUNTER sse.clients.ended reason=max-age", 2004.0),
            Map.entry("COUNTER sse.clients.ended reason=failed", 2005.0),
            Map.entry("COUNTER sse.clients.ended reason=out-of-resources", 2006.0),
            Map.entry("COUNTER sse.clients.ended reason=broker-closed", 2007.0),
            Map.entry("COUNTER sse.published", value("events.published")),
            Map.entry("COUNTER sse.delivered", value("events.delivered")),
            Map.entry("COUNTER sse.delivered.bytes in bytes", value("events.deliveredBytes")),
            Map.entry("COUNTER sse.dropped", value("events.dropped")),
            Map.entry("COUNTER sse.gaps", value("events.gaps")),
            Map.entry("COUNTER sse.missed", value("events.missed")),
            Map.entry("GAUGE sse.history.events in events", value("history.events")),
            Map.entry("GAUGE sse.history.bytes in bytes", value("history.bytes")),
            Map.entry("GAUGE sse.queue.longest in events", value("queues.longestEvents")),
            Map.entry("GAUGE sse.queue.bytes in bytes", value("queues.bytes")),
            Map.entry("GAUGE sse.queue.oldest in seconds", seconds("queues.oldestAge")),
            Map.entry("GAUGE sse.log.available", 1.0)),
        readings());
  }

  /** Fails for a new value in the stats that has no meter. */
  @Test
  void everyValueOfTheStatsHasAMeter() {
    List<BrokerStats> stats = new ArrayList<>(List.of(numbered()));
    new BrokerMetrics(stats::getLast, Tags.empty(), now::get).bindTo(registry);
    Map<String, Double> before = readings();

    VALUES.forEach((figure, value) -> {
      Map<String, Object> values = new HashMap<>(VALUES);
      values.put(figure, NumberedStats.other(value));
      stats.add(NumberedStats.of(values));
      now.addAndGet(RecentStats.MAX_AGE_NANOS);
      assertNotEquals(before, readings(), figure);
    });
  }

  @Test
  void readingAllMetersTakesStatsOnce() throws Exception {
    AtomicInteger taken = new AtomicInteger();
    BrokerStats stats = numbered();
    BrokerMetrics metrics =
        new BrokerMetrics(
            () -> {
              taken.incrementAndGet();
              return stats;
            },
            Tags.empty(),
            now::get);
    SimpleMeterRegistry other = new SimpleMeterRegistry();
    metrics.bindTo(registry);
    metrics.bindTo(other);
    assertEquals(0, taken.get());

    readings();
    readings(other);

    assertEquals(1, taken.get());
    now.addAndGet(RecentStats.MAX_AGE_NANOS);
    readings();
    assertEquals(2, taken.get());
  }

  @Test
  void metersShowChangesOfTheBroker() throws Exception {
    try (Broker broker = Broker.open()) {
      new BrokerMetrics(broker::stats, Tags.empty(), now::get).bindTo(registry);
      // The only meter that is not 0: the log is available.
      assertEquals(1, readings().values().stream().mapToDouble(reading -> reading).sum());
      assertEquals(1, registry.get("sse.log.available").gauge().value());

      Subscription subscription = broker.subscribe("news", Sink.of(new ByteArrayOutputStream()));
      broker.publish("news", Event.of("hello"));
      now.addAndGet(RecentStats.MAX_AGE_NANOS);
      assertEquals(1, registry.get("sse.clients").gauge().value());
      assertEquals(1, registry.get("sse.published").functionCounter().count());
      subscription.close();
      assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
      now.addAndGet(RecentStats.MAX_AGE_NANOS);

      assertEquals(0, registry.get("sse.clients").gauge().value());
      assertEquals(1, registry.get("sse.clients.added").functionCounter().count());
      assertEquals(1, registry.get("sse.delivered").functionCounter().count());
      assertEquals(
          1,
          registry
              .get("sse.clients.ended")
              .tag("reason", "unsubscribed")
              .functionCounter()
              .count());
    }
  }

  @Test
  void publicConstructorsReadTheBroker() {
    try (Broker first = Broker.open();
        Broker second = Broker.open()) {
      second.publish("news", Event.of("hello"));
      new BrokerMetrics(first).bindTo(registry);
      assertEquals(0, registry.get("sse.published").functionCounter().count());

      new BrokerMetrics(second, List.of(Tag.of("broker", "second"))).bindTo(registry);

      assertEquals(
          1, registry.get("sse.published").tag("broker", "second").functionCounter().count());
    }
  }

  @Test
  void everyMeterHasTheTags() {
    new BrokerMetrics(BrokerMetricsTest::numbered, Tags.of("broker", "news"), now::get)
        .bindTo(registry);

    assertEquals(16 + CloseReason.values().length - 1, registry.getMeters().size());
    for (Meter meter : registry.getMeters()) {
      assertEquals("news", meter.getId().getTag("broker"), meter.getId().getName());
    }
  }

  @Test
  void everyMeterIsDescribed() {
    new BrokerMetrics(BrokerMetricsTest::numbered, Tags.empty(), now::get).bindTo(registry);

    for (Meter meter : registry.getMeters()) {
      String description = String.valueOf(meter.getId().getDescription());
      assertTrue(description.endsWith("."), meter.getId().getName());
    }
  }

  /** A registry refers to most objects weakly, and shows the gauge of a collected one as NaN. */
  @Test
  void metersKeepTheirStatsReachable() {
    WeakReference<Object> canary = bind();
    for (int i = 0; i < 100 && canary.get() != null; i++) {
      System.gc();
    }
    assertNull(canary.get(), "nothing was collected");
    now.addAndGet(RecentStats.MAX_AGE_NANOS);

    assertEquals(value("clients.current"), registry.get("sse.clients").gauge().value());
    assertEquals(
        seconds("queues.oldestAge"),
        registry.get("sse.queue.oldest").timeGauge().value(TimeUnit.SECONDS));
    assertEquals(
        value("events.published"), registry.get("sse.published").functionCounter().count());
  }

  /** Binds meters without a reference to them, and returns a canary that shows a collection. */
  private WeakReference<Object> bind() {
    new BrokerMetrics(BrokerMetricsTest::numbered, Tags.empty(), now::get).bindTo(registry);
    return new WeakReference<>(new Object());
  }

  /** A dashboard works with the metrics of the server and with these meters. */
  @Test
  void prometheusNamesEqualThoseOfTheServer() {
    PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new BrokerMetrics(BrokerMetricsTest::numbered, Tags.empty(), now::get).bindTo(prometheus);
    List<String> lines = prometheus.scrape().lines().toList();

    assertEquals(
        Set.of(
            "sse_clients gauge",
            "sse_clients_replaying gauge",
            "sse_clients_added_total counter",
            "sse_clients_ended_total counter",
            "sse_published_total counter",
            "sse_delivered_total counter",
            "sse_delivered_bytes_total counter",
            "sse_dropped_total counter",
            "sse_gaps_total counter",
            "sse_missed_total counter",
            "sse_history_events gauge",
            "sse_history_bytes gauge",
            "sse_queue_longest_events gauge",
            "sse_queue_bytes gauge",
            "sse_queue_oldest_seconds gauge",
            "sse_log_available gauge"),
        lines.stream()
            .filter(line -> line.startsWith("# TYPE "))
            .map(line -> line.substring("# TYPE ".length()))
            .collect(toSet()));
    assertTrue(lines.contains("sse_clients " + value("clients.current")), lines.toString());
    assertTrue(
        lines.contains("sse_published_total " + value("events.published")), lines.toString());
    assertTrue(
        lines.contains("sse_queue_oldest_seconds " + seconds("queues.oldestAge")),
        lines.toString());
    assertTrue(
        lines.contains("sse_clients_ended_total{reason=\"too-slow\"} 2002.0"), lines.toString());
  }

  private Map<String, Double> readings() {
    return readings(registry);
  }

  /** {@return the value of each meter, by its type, name, unit and tags} */
  private static Map<String, Double> readings(MeterRegistry registry) {
    return registry.getMeters().stream()
        .collect(
            toMap(
                BrokerMetricsTest::describe,
                meter -> meter.measure().iterator().next().getValue()));
  }

  private static String describe(Meter meter) {
    Meter.Id id = meter.getId();
    StringBuilder text = new StringBuilder(id.getType() + " " + id.getName());
    if (id.getBaseUnit() != null) {
      text.append(" in ").append(id.getBaseUnit());
    }
    id.getTags()
        .forEach(tag -> text.append(' ').append(tag.getKey()).append('=').append(tag.getValue()));
    return text.toString();
  }

  private static BrokerStats numbered() {
    return NumberedStats.of(VALUES);
  }

  private static double value(String figure) {
    return ((Number) Objects.requireNonNull(VALUES.get(figure))).doubleValue();
  }

  private static double seconds(String figure) {
    return ((Duration) Objects.requireNonNull(VALUES.get(figure))).toMillis() / 1e3;
  }
}
