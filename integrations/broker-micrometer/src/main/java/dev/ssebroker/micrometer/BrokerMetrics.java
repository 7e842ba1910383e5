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
 * Shows what {@link Broker#stats()} tells as meters whose names begin with {@code sse.}. A
 * Prometheus registry gives them the names that the server's own page of metrics has.
 *
 * <table>
 *   <caption>The meters</caption>
 *   <tr><th>name</th><th>type</th><th>what</th></tr>
 *   <tr><td>{@code sse.clients}</td><td>gauge</td><td>clients there are</td></tr>
 *   <tr><td>{@code sse.clients.replaying}</td><td>gauge</td><td>clients that read from the
 *     history or the shared log</td></tr>
 *   <tr><td>{@code sse.clients.added}</td><td>counter</td><td>clients there ever were</td></tr>
 *   <tr><td>{@code sse.clients.ended}</td><td>counter</td><td>clients that ended; tag {@code
 *     reason}: {@code disconnected}, {@code too-slow} and so on, for each {@link CloseReason}</td></tr>
 *   <tr><td>{@code sse.published}</td><td>counter</td><td>events published</td></tr>
 *   <tr><td>{@code sse.delivered}</td><td>counter</td><td>events written to clients, each counted
 *     once for each client</td></tr>
 *   <tr><td>{@code sse.delivered.bytes}</td><td>counter</td><td>bytes written to clients</td></tr>
 *   <tr><td>{@code sse.dropped}</td><td>counter</td><td>events that clients missed by their policy
 *     or end</td></tr>
 *   <tr><td>{@code sse.gaps}</td><td>counter</td><td>gap notices given</td></tr>
 *   <tr><td>{@code sse.missed}</td><td>counter</td><td>events that gap notices spoke of</td></tr>
 *   <tr><td>{@code sse.history.events}</td><td>gauge</td><td>events that the history keeps</td></tr>
 *   <tr><td>{@code sse.history.bytes}</td><td>gauge</td><td>the size of these</td></tr>
 *   <tr><td>{@code sse.queue.longest}</td><td>gauge</td><td>events in the longest
 *     queue</td></tr>
 *   <tr><td>{@code sse.queue.bytes}</td><td>gauge</td><td>size of all queued events</td></tr>
 *   <tr><td>{@code sse.queue.oldest}</td><td>time gauge</td><td>how long the oldest queued event
 *     has waited</td></tr>
 *   <tr><td>{@code sse.log.available}</td><td>gauge</td><td>1 if the shared log answered the last
 *     request, or if there is none; else 0</td></tr>
 * </table>
 *
 * <p>Taking stock looks at every client while the broker's lock is held. All meters, in all
 * registries this is bound to, therefore share one result, which is taken when a meter is read and
 * the last one is at least a second old: a meter may tell what was true a second ago, and nothing
 * is done while nobody reads. To read a meter never blocks on a client.
 *
 * <p>Thread-safe. Nobody needs to keep this object: its meters do, and the broker with it, until
 * they are removed from their registry. The meters of a closed broker keep their last values. Two
 * brokers in one registry need different tags.
 */
public final class BrokerMetrics implements MeterBinder {
  private final RecentStats stats;
  private final Tags tags;

  /**
   * Describes a broker's meters, without tags of their own.
   *
   * @param broker whose numbers to show
   */
  public BrokerMetrics(Broker broker) {
    this(broker, Tags.empty());
  }

  /**
   * Describes a broker's meters.
   *
   * @param broker whose numbers to show
   * @param tags what every meter is tagged with, such as the broker's name
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
   * @param registry where to register them; meters that are already there stay as they are
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    bindClients(registry);
    bindEvents(registry);
    bindStorage(registry);
  }

  private void bindClients(MeterRegistry registry) {
    gauge("sse.clients", "Clients there are.", stats -> stats.clients().current())
        .register(registry);
    gauge(
            "sse.clients.replaying",
            "Clients that read from the history or the shared log.",
            stats -> stats.clients().replaying())
        .register(registry);
    counter("sse.clients.added", "Clients there ever were.", stats -> stats.clients().added())
        .register(registry);
    for (CloseReason reason : CloseReason.values()) {
      counter(
              "sse.clients.ended",
              "Clients that ended, by reason.",
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
            "Events written to clients, each counted once for each client.",
            stats -> stats.events().delivered())
        .register(registry);
    counter(
            "sse.delivered.bytes",
            "Bytes written to clients, heartbeats and notices included.",
            stats -> stats.events().deliveredBytes())
        .baseUnit(BaseUnits.BYTES)
        .register(registry);
    counter(
            "sse.dropped",
            "Events that clients missed by their policy or end, each counted once for each client.",
            stats -> stats.events().dropped())
        .register(registry);
    counter("sse.gaps", "Gap notices given.", stats -> stats.events().gaps()).register(registry);
    counter(
            "sse.missed",
            "Events that gap notices spoke of, as far as their number was known.",
            stats -> stats.events().missed())
        .register(registry);
  }

  private void bindStorage(MeterRegistry registry) {
    gauge("sse.history.events", "Events that the history keeps.", stats -> stats.history().events())
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
            "Size of all queued events, each counted once for each queue.",
            stats -> stats.queues().bytes())
        .baseUnit(BaseUnits.BYTES)
        .register(registry);
    TimeGauge.builder(
            "sse.queue.oldest",
            () -> stats.get().queues().oldestAge().toNanos(),
            TimeUnit.NANOSECONDS)
        .description("How long the oldest queued event has waited.")
        .tags(tags)
        .register(registry);
    gauge(
            "sse.log.available",
            "1 if the shared log answered the last request, or if there is none; else 0.",
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
   * A function counter holds its object weakly and its function strongly: what it reads from comes
   * with the function.
   */
  private FunctionCounter.Builder<?> counter(
      String name, String description, ToLongFunction<BrokerStats> value) {
    return FunctionCounter.builder(name, stats, ignored -> value.applyAsLong(stats.get()))
        .description(description)
        .tags(tags);
  }
}
