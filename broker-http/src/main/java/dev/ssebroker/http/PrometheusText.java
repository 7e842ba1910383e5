package dev.ssebroker.http;

import dev.ssebroker.BrokerStats;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;

/**
 * Metrics in Prometheus' text format, version 0.0.4. Counters start when the broker or the server
 * is opened; times are in seconds.
 */
final class PrometheusText {
  /** The media type by which a scraper recognizes the format. */
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder(16 * 1024);

  private PrometheusText() {}

  /** Returns the page for scrapers: these figures, and those of the process and the JVM. */
  static String page(BrokerStats stats, long connections, ServerFigures figures) {
    PrometheusText process = new PrometheusText();
    ProcessFigures.addTo(process);
    return of(stats, connections, figures) + process.text;
  }

  /** Returns all figures of the broker and of the server. */
  static String of(BrokerStats stats, long connections, ServerFigures figures) {
    PrometheusText text = new PrometheusText();
    text.add(stats, connections, figures);
    return text.text.toString();
  }

  private void add(BrokerStats stats, long connections, ServerFigures figures) {
    add(ServerMetric.CONNECTIONS, connections);
    for (BrokerMetric metric : BrokerMetric.values()) {
      add(metric, stats);
    }
    head(ServerMetric.REFUSED);
    for (Refusals.Reason reason : Refusals.Reason.values()) {
      String label = label("reason", BrokerMetric.label(reason));
      sample(ServerMetric.REFUSED.prometheusName, label, figures.refusals().count(reason));
    }
    add(figures.deliveryTimes());
  }

  private void add(BrokerMetric metric, BrokerStats stats) {
    String name = metric.prometheusName();
    head(name, metric.type.name().toLowerCase(Locale.ROOT), metric.help);
    for (BrokerMetric.Series series : metric.series) {
      long value = series.value().applyAsLong(stats);
      sample(
          name,
          series.reason().isEmpty() ? "" : label("reason", series.reason()),
          metric.unit.equals("seconds") ? seconds(Duration.ofNanos(value)) : value);
    }
  }

  private void add(DeliveryTimes times) {
    head(ServerMetric.DELIVERY);
    String name = ServerMetric.DELIVERY.prometheusName;
    String bucket = name + "_bucket";
    Duration sum = times.sum();
    long count =
        times.forEach((bound, upToBound) -> sample(bucket, label("le", seconds(bound)), upToBound));
    sample(bucket, label("le", "+Inf"), count);
    sample(name + "_sum", "", seconds(sum));
    sample(name + "_count", "", count);
  }

  /** Returns the exact number, without an exponent. */
  static String seconds(Duration duration) {
    return BigDecimal.valueOf(duration.getSeconds())
        .add(BigDecimal.valueOf(duration.getNano(), 9))
        .stripTrailingZeros()
        .toPlainString();
  }

  /** Returns a label with its value, in which some characters need an escape. */
  static String label(String name, String value) {
    String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    return name + "=\"" + escaped + "\"";
  }

  /** Adds a metric that has one number. */
  void add(ServerMetric metric, Object value) {
    head(metric);
    sample(metric.prometheusName, "", value);
  }

  /** Begins a metric. Its samples follow. */
  void head(ServerMetric metric) {
    head(metric.prometheusName, metric.typeName(), metric.help);
  }

  private void head(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  /** Adds a number of the metric that has begun. Without labels, they are empty. */
  void sample(String name, String labels, Object value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ').append(value).append('\n');
  }
}
