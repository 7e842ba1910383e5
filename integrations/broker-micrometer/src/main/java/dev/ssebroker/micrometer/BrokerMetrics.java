package dev.ssebroker.micrometer;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerStats;
import dev.ssebroker.CloseReason;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * The {@linkplain Broker#stats() statistics} of a broker as meters. Their names start with {@code
 * sse.}. In a Prometheus registry, they have the same names as the metrics of the HTTP server.
 *
 * <table>
 *   <caption>The meters</caption>
 *   <tr><th>name</th><th>type</th><th>meaning</th></tr>
 *   <tr><td>{@code sse.clients}</td><td>gauge</td><td>current clients</td></tr>
 *   <tr><td>{@code sse.clients.replaying}</td><td>gauge</td><td>clients that read from the
 *     history or the shared log</td></tr>
 *   <tr><td>{@code sse.clients.added}</td><td>counter</td><td>clients added</td></tr>
 *   <tr><td>{@code sse.clients.ended}</td><td>counter</td><td>clients ended; tag {@code
 *     reason}: {@code disconnected}, {@code too-slow} and so on, for each {@link CloseReason}</td></tr>
 *   <tr><td>{@code sse.published}</td><td>counter</td><td>events published</td></tr>
 *   <tr><td>{@code sse.delivered}</td><td>counter</td><td>events written to clients, counted once
 *     for each client</td></tr>
 *   <tr><td>{@code sse.delivered.bytes}</td><td>counter</td><td>bytes written to clients before
 *     compression</td></tr>
 *   <tr><td>{@code sse.dropped}</td><td>counter</td><td>events dropped by overflow policies or
 *     with an ended client</td></tr>
 *   <tr><td>{@code sse.gaps}</td><td>counter</td><td>gap notices written to clients</td></tr>
 *   <tr><td>{@code sse.missed}</td><td>counter</td><td>events that gap notices reported as
 *     missed</td></tr>
 *   <tr><td>{@code sse.history.events}</td><td>gauge</td><td>events in the history</td></tr>
 *   <tr><td>{@code sse.history.bytes}</td><td>gauge</td><td>size of the events in the
 *     history</td></tr>
 *   <tr><td>{@code sse.queue.longest}</td><td>gauge</td><td>events in the longest
 *     queue</td></tr>
 *   <tr><td>{@code sse.queue.bytes}</td><td>gauge</td><td>size of all queued events</td></tr>
 *   <tr><td>{@code sse.queue.oldest}</td><td>time gauge</td><td>time that the oldest queued event
 *     has waited</td></tr>
 *   <tr><td>{@code sse.log.available}</td><td>gauge</td><td>1 if the shared log answered the last
 *     request or there is none, otherwise 0</td></tr>
 * </table>
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
    bindClients(registry);
    bindEvents(registry);
    bindStorage(registry);
  }

  private void bindClients(MeterRegistry registry) {
    gauge("sse.clients", "Current clients.", stats -> stats.clients().current()).register(registry);
    gauge(
            "sse.clients.replaying",
            "Clients that read from the history or the shared log.",
            stats -> stats.clients().replaying())
        .register(registry);
    counter("sse.clients.added", "Clients added.", stats -> stats.clients().added())
        .register(registry);
    for (CloseReason reason : CloseReason.values()) {
      counter(
              "sse.clients.ended",
              "Clients ended, by reason.",
              now -> now.clients().ended().getOrDefault(reason, 0L))
          .tag("reason", reason.name().toLowerCase(Locale.ROOT).replace('_', '-'))
          .register(registry);
    }
  }

  private void bindEvents(MeterRegistry registry) {
    counter("sse.published", "Events published.", stats -> stats.events().published())
        .register(registry);
    counter(
            "sse.delivered",
            "Events written to clients, counted once for each client.",
            stats -> stats.events().delivered())
        .register(registry);
    counter(
            "sse.delivered.bytes",
            "Bytes written to clients before compression, with heartbeats and gap notices.",
            stats -> stats.events().deliveredBytes())
        .baseUnit(BaseUnits.BYTES)
        .register(registry);
    counter(
            "sse.dropped",
            "Events dropped by overflow policies or with an ended client, counted once for each"
                + " client.",
            stats -> stats.events().dropped())
        .register(registry);
    counter("sse.gaps", "Gap notices written to clients.", stats -> stats.events().gaps())
        .register(registry);
    counter(
            "sse.missed",
            "Events that gap notices reported as missed, where the number was known.",
            stats -> stats.events().missed())
        .register(registry);
  }

  private void bindStorage(MeterRegistry registry) {
    gauge("sse.history.events", "Events in the history.", stats -> stats.history().events())
        .baseUnit(BaseUnits.EVENTS)
        .register(registry);
    gauge(
            "sse.history.bytes",
            "Size of the events in the history.",
            stats -> stats.history().bytes())
        .baseUnit(BaseUnits.BYTES)
        .register(registry);
    gauge(
            "sse.queue.longest",
            "Events in the longest queue.",
            stats -> stats.queues().longestEvents())
        .baseUnit(BaseUnits.EVENTS)
        .register(registry);
    gauge(
            "sse.queue.bytes",
            "Size of all queued events, counted once for each queue.",
            stats -> stats.queues().bytes())
        .baseUnit(BaseUnits.BYTES)
        .register(registry);
    TimeGauge.builder(
            "sse.queue.oldest",
            () -> stats.get().queues().oldestAge().toNanos(),
            TimeUnit.NANOSECONDS)
        .description("Time that the oldest queued event has waited.")
        .tags(tags)
        .register(registry);
    gauge(
            "sse.log.available",
            "1 if the shared log answered the last request or there is none, otherwise 0.",
            stats -> stats.log().available() ? 1 : 0)
        .register(registry);
  }

  private Gauge.Builder<?> gauge(
      String name, String description, ToDoubleFunction<BrokerStats> value) {
    return Gauge.builder(name, () -> value.applyAsDouble(stats.get()))
        .description(description)
        .tags(tags);
  }

  /**
   * Builds a counter. A function counter refers to its object weakly and to its function strongly.
   * So the function captures the stats.
   */
  private FunctionCounter.Builder<?> counter(
      String name, String description, ToLongFunction<BrokerStats> value) {
    return FunctionCounter.builder(name, stats, ignored -> value.applyAsLong(stats.get()))
        .description(description)
        .tags(tags);
  }
}
