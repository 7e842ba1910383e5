package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerStats;
import dev.ssebroker.CloseReason;
import dev.ssebroker.api.NumberedStats;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrometheusTextTest {
  private static final SortedMap<String, Object> VALUES = NumberedStats.values();

  @Test
  void everyNumberHasItsName() throws Exception {
    Map<String, String> expected = new HashMap<>();
    expected.put("sse_http_connections", "7");
    expected.put("sse_clients", value("clients.current"));
    expected.put("sse_clients_replaying", value("clients.replaying"));
    expected.put("sse_clients_added_total", value("clients.added"));
    expected.put("sse_clients_ended_total{reason=\"disconnected\"}", "2000");
    expected.put("sse_clients_ended_total{reason=\"unsubscribed\"}", "2001");
    expected.put("sse_clients_ended_total{reason=\"too-slow\"}", "2002");
    expected.put("sse_clients_ended_total{reason=\"write-timed-out\"}", "2003");
    expected.put("sse_clients_ended_total{reason=\"max-age\"}", "2004");
    expected.put("sse_clients_ended_total{reason=\"failed\"}", "2005");
    expected.put("sse_clients_ended_total{reason=\"out-of-resources\"}", "2006");
    expected.put("sse_clients_ended_total{reason=\"broker-closed\"}", "2007");
    expected.put("sse_published_total", value("events.published"));
    expected.put("sse_delivered_total", value("events.delivered"));
    expected.put("sse_delivered_bytes_total", value("events.deliveredBytes"));
    expected.put("sse_dropped_total", value("events.dropped"));
    expected.put("sse_gaps_total", value("events.gaps"));
    expected.put("sse_missed_total", value("events.missed"));
    expected.put("sse_history_events", value("history.events"));
    expected.put("sse_history_bytes", value("history.bytes"));
    expected.put("sse_queue_longest_events", value("queues.longestEvents"));
    expected.put("sse_queue_bytes", value("queues.bytes"));
    expected.put("sse_queue_oldest_seconds", seconds("queues.oldestAge"));
    expected.put("sse_log_available", "1");
    expected.put("sse_http_refused_total{reason=\"full\"}", "1");
    expected.put("sse_http_refused_total{reason=\"address\"}", "2");
    expected.put("sse_http_refused_total{reason=\"draining\"}", "3");
    expected.put("sse_http_refused_total{reason=\"unauthorized\"}", "4");
    expected.put("sse_http_refused_total{reason=\"forbidden\"}", "5");
    expected.put("sse_http_refused_total{reason=\"not-found\"}", "6");
    expected.put("sse_http_refused_total{reason=\"too-large\"}", "7");
    expected.put("sse_http_refused_total{reason=\"timeout\"}", "8");
    expected.put("sse_http_refused_total{reason=\"bad-request\"}", "9");
    expected.put("sse_delivery_seconds_bucket{le=\"0.001\"}", "1");
    expected.put("sse_delivery_seconds_bucket{le=\"0.002\"}", "2");
    for (String bound : List.of("0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2")) {
      expected.put("sse_delivery_seconds_bucket{le=\"" + bound + "\"}", "2");
    }
    expected.put("sse_delivery_seconds_bucket{le=\"5\"}", "2");
    expected.put("sse_delivery_seconds_bucket{le=\"10\"}", "3");
    expected.put("sse_delivery_seconds_bucket{le=\"+Inf\"}", "4");
    expected.put("sse_delivery_seconds_sum", "20.002000002");
    expected.put("sse_delivery_seconds_count", "4");

    assertEquals(
        expected, PrometheusPage.parse(PrometheusText.of(numbered(), 7, counted())).samples());
  }

  /** Fails for a new figure without a metric. */
  @Test
  void everyFigureOfTheStatsIsShown() {
    String before = text(numbered(), 7);

    VALUES.forEach((figure, value) -> {
      Map<String, Object> values = new HashMap<>(VALUES);
      values.put(figure, NumberedStats.other(value));
      assertNotEquals(before, text(NumberedStats.of(values), 7), figure);
    });
  }

  @Test
  void figureThatOnlyGrowsIsACounter() throws Exception {
    Map<String, String> types = PrometheusPage.parse(text(numbered(), 7)).types();

    assertEquals(19, types.size());
    assertEquals("histogram", types.remove("sse_delivery_seconds"));
    types.forEach(
        (name, type) -> assertEquals(name.endsWith("_total") ? "counter" : "gauge", type, name));
  }

  @Test
  void newBrokerHasAllNumbersAtZeroAndItsLogAvailable() {
    try (Broker broker = Broker.open()) {
      Map<String, String> samples = PrometheusPage.parse(text(broker.stats(), 0)).samples();

      assertEquals(49, samples.size());
      samples.forEach((series, value) ->
          assertEquals(series.equals("sse_log_available") ? "1" : "0", value, series));
    }
  }

  @Test
  void largestNumbersAreWholeAndTheShortestTimeIsNotZero() throws Exception {
    Map<String, Object> values = new HashMap<>(VALUES);
    values.replaceAll((figure, value) ->
        switch (value) {
          case Integer ignored -> Integer.MAX_VALUE;
          case Long ignored -> Long.MAX_VALUE;
          case Duration ignored -> Duration.ofNanos(1);
          case Boolean ignored -> true;
          default -> Map.of(CloseReason.DISCONNECTED, Long.MAX_VALUE);
        });
    Map<String, String> samples =
        PrometheusPage.parse(text(NumberedStats.of(values), Long.MAX_VALUE)).samples();

    assertEquals("9223372036854775807", samples.get("sse_http_connections"));
    assertEquals("2147483647", samples.get("sse_clients"));
    assertEquals(
        "9223372036854775807", samples.get("sse_clients_ended_total{reason=\"disconnected\"}"));
    assertEquals("0.000000001", samples.get("sse_queue_oldest_seconds"));
  }

  /** Some languages use other digits, and Turkish has another small i. */
  @ParameterizedTest
  @ValueSource(strings = {"ar-EG-u-nu-arab", "tr-TR", "de-DE"})
  void textIsTheSameInEveryLanguage(String language) throws Exception {
    String text = text(numbered(), 7);
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(language));
    try {
      assertEquals(text, text(numbered(), 7));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void mediaTypeNamesTheVersion() {
    assertEquals("text/plain; version=0.0.4; charset=utf-8", PrometheusText.CONTENT_TYPE);
  }

  /** The parser refuses what Prometheus refuses, and more. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "# HELP a b\n# TYPE a gauge\na 1",
        "# HELP a b\r\n# TYPE a gauge\r\na 1\r\n",
        "# TYPE a gauge\na 1\n",
        "# HELP a b\na 1\n",
        "# TYPE a gauge\n# HELP a b\na 1\n",
        "# HELP a b\n# TYPE a gauge\n",
        "# HELP a b\n# TYPE a gouge\na 1\n",
        "# HELP a b\n# TYPE a gauge\na  1\n",
        "# HELP a b\n# TYPE a gauge\na 1,5\n",
        "# HELP a b\n# TYPE a gauge\nb 1\n",
        "# HELP a b\n# TYPE a gauge\na 1\na 2\n",
        "# HELP a b\n# TYPE a gauge\na{b=c} 1\n",
        "# HELP a b\n# TYPE a gauge\na{1b=\"c\"} 1\n",
        "# HELP a-b b\n# TYPE a-b gauge\na-b 1\n",
        "# HELP a b\n# TYPE a counter\na -1\n",
        "# HELP a b\n# TYPE a gauge\na 1\n# HELP a b\n# TYPE a gauge\na{b=\"c\"} 2\n",
        "# HELP a \\t\n# TYPE a gauge\na 1\n",
        "# HELP a b\n\n# TYPE a gauge\na 1\n"
      })
  void parserIsStrict(String text) {
    assertThrows(IllegalArgumentException.class, () -> PrometheusPage.parse(text));
  }

  @Test
  void parserAcceptsValidText() {
    PrometheusPage page =
        PrometheusPage.parse(
            "# HELP a b \\\\ \\n\n# TYPE a gauge\na{b=\"c\",d=\"\\\"\"} -1.5e3\na NaN\n");

    assertEquals(Map.of("a{b=\"c\",d=\"\\\"\"}", "-1.5e3", "a", "NaN"), page.samples());
    assertTrue(page.types().containsKey("a"));
  }

  private static String text(BrokerStats stats, long connections) {
    return PrometheusText.of(stats, connections, new ServerFigures());
  }

  /** Each reason has another number, and two times are exactly at a bound. */
  private static ServerFigures counted() {
    ServerFigures figures = new ServerFigures();
    int count = 0;
    for (Refusals.Reason reason : Refusals.Reason.values()) {
      count++;
      for (int i = 0; i < count; i++) {
        figures.refusals().add(reason);
      }
    }
    figures.deliveryTimes().add(1_000_000);
    figures.deliveryTimes().add(1_000_001);
    figures.deliveryTimes().add(10_000_000_000L);
    figures.deliveryTimes().add(10_000_000_001L);
    return figures;
  }

  private static BrokerStats numbered() {
    return NumberedStats.of(VALUES);
  }

  private static String value(String figure) {
    return String.valueOf(VALUES.get(figure));
  }

  private static String seconds(String figure) {
    return String.valueOf(((Duration) VALUES.get(figure)).toMillis() / 1e3);
  }
}
