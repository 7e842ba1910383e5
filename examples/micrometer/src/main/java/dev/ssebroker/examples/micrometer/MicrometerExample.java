package dev.ssebroker.examples.micrometer;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Sink;
import dev.ssebroker.micrometer.BrokerMetrics;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** Prints the metrics of a broker as Prometheus scrapes them. */
public final class MicrometerExample {
  private MicrometerExample() {}

  public static void main(String[] args) {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Broker broker = Broker.open();
    new BrokerMetrics(broker, Tags.of("broker", "news")).bindTo(registry);
    broker.subscribe("news", Sink.of(new ByteArrayOutputStream()));
    broker.publish("news", Event.of("one"));
    broker.publish("news", Event.of("two"));
    // Closed before the scrape, so that all events have been delivered.
    broker.close();

    String scrape = registry.scrape();
    System.out.println(scrape);
    for (String sample :
        List.of(
            "sse_clients{broker=\"news\"} 0.0",
            "sse_published_total{broker=\"news\"} 2.0",
            "sse_delivered_total{broker=\"news\"} 2.0",
            "sse_clients_ended_total{broker=\"news\",reason=\"broker-closed\"} 1.0")) {
      if (!scrape.contains(sample + "\n")) {
        throw new IllegalStateException("not there: " + sample);
      }
    }
  }
}
