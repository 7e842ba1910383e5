package dev.ssebroker.http;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Compares what the documents and broker-micrometer say with the lists of metrics. {@code
 * -Dmetrics.update=true} writes it anew.
 */
class MetricDocumentsTest {
  private static final Path OPERATIONS = Path.of("../docs/operations.md");
  private static final Path LIST = Path.of("src/main/java/dev/ssebroker/http/BrokerMetric.java");
  private static final Path MICROMETER =
      Path.of("../integrations/broker-micrometer/src/main/java/dev/ssebroker/micrometer");

  @Test
  void tableOfTheDocumentHasEveryMetric() throws IOException {
    String rows =
        Stream.concat(
                Arrays.stream(BrokerMetric.values()).map(MetricDocumentsTest::row),
                Arrays.stream(ServerMetric.values()).map(MetricDocumentsTest::row))
            .collect(joining());
    assertPart(
        OPERATIONS,
        "<!-- metrics -->\n",
        "<!-- /metrics -->\n",
        "| Prometheus | Micrometer | type | meaning |\n|---|---|---|---|\n" + rows);
  }

  private static String row(BrokerMetric metric) {
    return "| `%s` | `%s` | %s | %s |\n"
        .formatted(metric.prometheusName(), metric.dottedName, type(metric), metric.help);
  }

  private static String row(ServerMetric metric) {
    return "| `%s` | – | %s | %s |\n"
        .formatted(metric.prometheusName, metric.typeName(), metric.help);
  }

  private static String type(BrokerMetric metric) {
    return metric.type.name().toLowerCase(Locale.ROOT);
  }

  @Test
  void tableOfTheMetersHasEveryMetric() throws IOException {
    String rows =
        Arrays.stream(BrokerMetric.values())
            .map(metric ->
                " *   <tr><td>{@code %s}</td><td>%s</td>\n *     <td>%s</td></tr>\n"
                    .formatted(metric.dottedName, type(metric), metric.help))
            .collect(joining());
    assertPart(
        MICROMETER.resolve("BrokerMetrics.java"),
        " *   <tr><th>name</th><th>type</th><th>meaning</th></tr>\n",
        " * </table>\n",
        rows);
  }

  /** Neither module knows the other, and the core has no names of metrics. */
  @Test
  void metersAreThoseOfTheServer() throws IOException {
    String list =
        Files.readString(LIST)
            .replace("package dev.ssebroker.http;", "package dev.ssebroker.micrometer;");
    assertPart(MICROMETER.resolve("BrokerMetric.java"), "", "", list);
  }

  /** Compares the part between two marks. An empty end mark is the end of the file. */
  private static void assertPart(Path file, String begin, String end, String expected)
      throws IOException {
    String text = Files.readString(file);
    int from = text.indexOf(begin) + begin.length();
    int to = end.isEmpty() ? text.length() : text.indexOf(end, from);
    if (Boolean.getBoolean("metrics.update")) {
      Files.writeString(file, text.substring(0, from) + expected + text.substring(to));
      return;
    }
    assertEquals(
        expected,
        text.substring(from, to),
        "to write %s anew: mvn test -Dmetrics.update=true -Dtest=MetricDocumentsTest"
            .formatted(file));
  }
}
