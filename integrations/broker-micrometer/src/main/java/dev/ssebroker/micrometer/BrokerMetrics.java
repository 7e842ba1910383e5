package dev.ssebroker.micrometer;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The {@linkplain Broker#stats() statistics} of a broker as meters. Their names start with {@code
 * sse.}. In a Prometheus registry, they have the same names as the metrics of the HTTP server.
 *
 * <table>
 *   <caption>The meters</caption>
 *   <tr><th>name</th><th>type</th><th>meaning</th></tr>
 *   <tr><td>{@code sse.clients}</td><td>gauge</td>
 *     <td>Current clients.</td></tr>
 *   <tr><td>{@code sse.clients.replaying}</td><td>gauge</td>
 *     <td>Clients that read from the history or the shared log.</td></tr>
 *   <tr><td>{@code sse.clients.added}</td><td>counter</td>
 *     <td>Clients added.</td></tr>
 *   <tr><td>{@code sse.clients.ended}</td><td>counter</td>
 *     <td>Clients ended, by reason.</td></tr>
 *   <tr><td>{@code sse.published}</td><td>counter</td>
 *     <td>Events published.</td></tr>
 *   <tr><td>{@code sse.delivered}</td><td>counter</td>
 *     <td>Events written to clients, counted once for each client.</td></tr>
 *   <tr><td>{@code sse.delivered.bytes}</td><td>counter</td>
 *     <td>Bytes written to clients before compression, with heartbeats and gap notices.</td></tr>
 *   <tr><td>{@code sse.dropped}</td><td>counter</td>
 *     <td>Events dropped by overflow policies or with an ended client, counted once for each client.</td></tr>
 *   <tr><td>{@code sse.gaps}</td><td>counter</td>
 *     <td>Gap notices written to clients.</td></tr>
 *   <tr><td>{@code sse.missed}</td><td>counter</td>
 *     <td>Events that gap notices reported as missed, where the number was known.</td></tr>
 *   <tr><td>{@code sse.history.events}</td><td>gauge</td>
 *     <td>Events in the history.</td></tr>
 *   <tr><td>{@code sse.history.bytes}</td><td>gauge</td>
 *     <td>Size of the events in the history.</td></tr>
 *   <tr><td>{@code sse.queue.longest}</td><td>gauge</td>
 *     <td>Events in the longest queue.</td></tr>
 *   <tr><td>{@code sse.queue.bytes}</td><td>gauge</td>
 *     <td>Size of all queued events, counted once for each queue.</td></tr>
 *   <tr><td>{@code sse.queue.oldest}</td><td>gauge</td>
 *     <td>Time that the oldest queued event has waited.</td></tr>
 *   <tr><td>{@code sse.log.available}</td><td>gauge</td>
 *     <td>1 if the shared log answered the last request or there is none, otherwise 0.</td></tr>
 * </table>
 *
 * <p>The tag {@code reason} of {@code sse.clients.ended} is {@code disconnected}, {@code too-slow}
 * and so on, for each {@link dev.ssebroker.CloseReason}.
 *
 * <p><i>Cost:</i> taking the statistics visits every client and holds the broker's lock. So all
 * meters, in all registries, share one result. A read takes the statistics again if they are at
 * least a second old. A meter may therefore be up to a second late. Without reads, nothing is
 * taken. Reading a meter never blocks on a client.
 *
 * <p><i>Lifetime:</i> the meters refer to the broker until they are removed from their registry.
 * This object need not be kept. The meters of a closed broker keep their last values. Two brokers
 * in one registry need different tags.
 *
 * <p><i>Threads:</i> this class is thread-safe.
 */
public final class BrokerMetrics implements MeterBinder {
  private final RecentStats stats;
  private final Tags tags;

  /**
   * Creates the meters of a broker, without common tags.
   *
   * @param broker the broker
   */
  public BrokerMetrics(Broker broker) {
    this(broker, Tags.empty());
  }

  /**
   * Creates the meters of a broker.
   *
   * @param broker the broker
   * @param tags the tags of every meter, such as the broker's name
   */
  public BrokerMetrics(Broker broker, Iterable<Tag> tags) {
    this(broker::stats, tags, System::nanoTime);
  }

  BrokerMetrics(Supplier<BrokerStats> source, Iterable<Tag> tags, LongSupplier clock) {
    this.stats = new RecentStats(source, clock);
    this.tags = Tags.of(tags);
  }

  /**
   * Registers the meters. May be called for several registries.
   *
   * @param registry the registry; existing meters in it stay unchanged
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    for (BrokerMetric metric : BrokerMetric.values()) {
      for (BrokerMetric.Series series : metric.series) {
        bind(metric, series, registry);
      }
    }
  }

  private void bind(BrokerMetric metric, BrokerMetric.Series series, MeterRegistry registry) {
    Tags seriesTags = series.reason().isEmpty() ? tags : tags.and("reason", series.reason());
    LongSupplier value = () -> series.value().applyAsLong(stats.get());
    if (metric.unit.equals("seconds")) {
      TimeGauge.builder(metric.dottedName, value::getAsLong, TimeUnit.NANOSECONDS)
          .description(metric.help)
          .tags(seriesTags)
          .register(registry);
      return;
    }
    String unit = metric.unit.isEmpty() ? null : metric.unit;
    switch (metric.type) {
      case GAUGE ->
          Gauge.builder(metric.dottedName, value::getAsLong)
              .description(metric.help)
              .baseUnit(unit)
              .tags(seriesTags)
              .register(registry);
      // A function counter refers to its object weakly and to its function strongly.
      case COUNTER ->
          FunctionCounter.builder(metric.dottedName, stats, ignored -> value.getAsLong())
              .description(metric.help)
              .baseUnit(unit)
              .tags(seriesTags)
              .register(registry);
    }
  }
}
