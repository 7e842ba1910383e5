package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerStats;
import dev.ssebroker.CloseReason;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrometheusTextTest {
  private static final RecordComponent[] COMPONENTS = BrokerStats.class.getRecordComponents();

  @Test
  void everyNumberHasItsName() throws Exception {
    Map<String, String> expected = new HashMap<>();
    expected.put("sse_http_connections", "7");
    expected.put("sse_clients", "1000");
    expected.put("sse_clients_behind", "1001");
    expected.put("sse_clients_added_total", "1002");
    expected.put("sse_clients_ended_total{reason=\"left\"}", "2000");
    expected.put("sse_clients_ended_total{reason=\"unsubscribed\"}", "2001");
    expected.put("sse_clients_ended_total{reason=\"too-slow\"}", "2002");
    expected.put("sse_clients_ended_total{reason=\"write-timed-out\"}", "2003");
    expected.put("sse_clients_ended_total{reason=\"max-age\"}", "2004");
    expected.put("sse_clients_ended_total{reason=\"failed\"}", "2005");
    expected.put("sse_clients_ended_total{reason=\"broker-closed\"}", "2006");
    expected.put("sse_published_total", "1004");
    expected.put("sse_delivered_total", "1005");
    expected.put("sse_delivered_bytes_total", "1006");
    expected.put("sse_dropped_total", "1007");
    expected.put("sse_gaps_total", "1008");
    expected.put("sse_missed_total", "1009");
    expected.put("sse_history_events", "1010");
    expected.put("sse_history_bytes", "1011");
    expected.put("sse_outbox_longest_events", "1012");
    expected.put("sse_outbox_bytes", "1013");
    expected.put("sse_outbox_oldest_seconds", "1.014");
    expected.put("sse_log_away", "1");

    assertEquals(expected, PrometheusPage.parse(PrometheusText.of(numbered(), 7)).samples());
  }

  /** Fails for a component that is new, until there is a line for it. */
  @Test
  void everyComponentOfTheStatsIsThere() throws Exception {
    BrokerStats before = numbered();
    for (int i = 0; i < COMPONENTS.length; i++) {
      Object[] values = values();
      values[i] = other(values[i]);
      assertNotEquals(
          PrometheusText.of(before, 7),
          PrometheusText.of(stats(values), 7),
          COMPONENTS[i].getName());
    }
  }

  @Test
  void whatOnlyGrowsIsACounter() throws Exception {
    Map<String, String> types = PrometheusPage.parse(PrometheusText.of(numbered(), 7)).types();

    assertEquals(17, types.size());
    types.forEach(
        (name, type) -> assertEquals(name.endsWith("_total") ? "counter" : "gauge", type, name));
  }

  @Test
  void newBrokerHasAllNumbersAtZero() {
    try (Broker broker = Broker.open()) {
      Map<String, String> samples =
          PrometheusPage.parse(PrometheusText.of(broker.stats(), 0)).samples();

      assertEquals(23, samples.size());
      samples.forEach((series, value) -> assertEquals("0", value, series));
    }
  }

  @Test
  void largestNumbersAreWholeAndTheShortestTimeIsNotZero() throws Exception {
    Object[] values = values();
    for (int i = 0; i < COMPONENTS.length; i++) {
      values[i] =
          switch (values[i]) {
            case Integer ignored -> Integer.MAX_VALUE;
            case Long ignored -> Long.MAX_VALUE;
            case Duration ignored -> Duration.ofNanos(1);
            case Boolean ignored -> true;
            default -> Map.of(CloseReason.LEFT, Long.MAX_VALUE);
          };
    }
    Map<String, String> samples =
        PrometheusPage.parse(PrometheusText.of(stats(values), Long.MAX_VALUE)).samples();

    assertEquals("9223372036854775807", samples.get("sse_http_connections"));
    assertEquals("2147483647", samples.get("sse_clients"));
    assertEquals("9223372036854775807", samples.get("sse_clients_ended_total{reason=\"left\"}"));
    assertEquals("0.000000001", samples.get("sse_outbox_oldest_seconds"));
  }

  /** Some languages write other digits, and Turkish has another small i. */
  @ParameterizedTest
  @ValueSource(strings = {"ar-EG-u-nu-arab", "tr-TR", "de-DE"})
  void textIsTheSameInEveryLanguage(String language) throws Exception {
    String text = PrometheusText.of(numbered(), 7);
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(language));
    try {
      assertEquals(text, PrometheusText.of(numbered(), 7));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void mediaTypeNamesTheVersion() {
    assertEquals("text/plain; version=0.0.4; charset=utf-8", PrometheusText.CONTENT_TYPE);
  }

  /** The parser is worth something: it refuses what Prometheus refuses, and more. */
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
  void parserTakesWhatIsRight() {
    PrometheusPage page =
        PrometheusPage.parse(
            "# HELP a b \\\\ \\n\n# TYPE a gauge\na{b=\"c\",d=\"\\\"\"} -1.5e3\na NaN\n");

    assertEquals(Map.of("a{b=\"c\",d=\"\\\"\"}", "-1.5e3", "a", "NaN"), page.samples());
    assertTrue(page.types().containsKey("a"));
  }

  private static BrokerStats numbered() throws ReflectiveOperationException {
    return stats(values());
  }

  /** A number for each component, which no other has. */
  private static Object[] values() {
    Object[] values = new Object[COMPONENTS.length];
    for (int i = 0; i < values.length; i++) {
      Class<?> type = COMPONENTS[i].getType();
      int number = 1000 + i;
      if (type == int.class) {
        values[i] = number;
      } else if (type == long.class) {
        values[i] = (long) number;
      } else if (type == Duration.class) {
        values[i] = Duration.ofMillis(number);
      } else if (type == boolean.class) {
        values[i] = true;
      } else {
        assertEquals(Map.class, type, COMPONENTS[i].getName());
        Map<CloseReason, Long> ended = new EnumMap<>(CloseReason.class);
        for (CloseReason reason : CloseReason.values()) {
          ended.put(reason, 2000L + ended.size());
        }
        values[i] = ended;
      }
    }
    return values;
  }

  private static Object other(Object value) {
    return switch (value) {
      case Integer number -> number + 5000;
      case Long number -> number + 5000;
      case Duration duration -> duration.plusNanos(1);
      case Boolean yes -> !yes;
      default -> Map.of(CloseReason.LEFT, 5000L);
    };
  }

  private static BrokerStats stats(Object[] values) throws ReflectiveOperationException {
    Class<?>[] types =
        Arrays.stream(COMPONENTS).map(RecordComponent::getType).toArray(Class<?>[]::new);
    return BrokerStats.class.getDeclaredConstructor(types).newInstance(values);
  }
}
