package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Event;
import dev.ssebroker.EventLogException;
import dev.ssebroker.Receipt;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * A running demo: a broker, the HTTP server in front of it, and the publishers. These are the
 * ticker, the figures, and optionally a relay.
 */
final class Demo implements AutoCloseable {
  /** The placeholder for the time of publication in a message. */
  static final String TIME = "{time}";

  private static final String TOPIC = "ticker";
  private static final DateTimeFormatter TIME_FORMAT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS xxx", Locale.ROOT);

  private static final Duration FIGURES_INTERVAL = Duration.ofSeconds(1);

  private final Log log;
  private final ServeSettings settings;
  private final OutageLog outage;
  private final PublishTimes publishTimes = new PublishTimes();
  private final Broker broker;
  private final Crowd crowd;
  private final Ticker ticker;
  private final Optional<Relay> relay;
  private final Ticker figures;
  private final SseServer server;

  /** The slot of the next tick if the log is shared. */
  private volatile Slot slot = Slot.after(0, 1);

  /** The latest figures, if the log is shared. Written by the figures' thread. */
  private volatile String lastFigures = "";

  private Demo(ServeSettings settings, Log log) throws IOException {
    this.log = log;
    this.settings = settings;
    Latency latency = new Latency(publishTimes);
    this.crowd = new Crowd(log, latency);
    this.outage = new OutageLog("The ticker's event", log, System::nanoTime);
    Broker.Builder builder = broker(settings).listener(crowd);
    settings
        .sharedLog()
        .ifPresent(shared -> {
          log.line(
              ("Events go through Redis at %s. While Redis is unavailable, clients stay connected,"
                      + " publishing fails, and the demo retries")
                  .formatted(shared));
          builder.log(shared.open());
        });
    this.broker = builder.open();
    this.ticker =
        isShared()
            ? Ticker.start("ticker", settings.interval(), this::planSlot, this::publishSlot)
            : Ticker.start("ticker", settings.interval(), this::publishTick);
    this.relay = settings.relay().map(from -> Relay.start(from.url(), from.topic(), broker, log));
    Figures stats =
        new Figures(
            broker,
            crowd,
            publishTimes,
            latency,
            ticker::interval,
            () -> relay.map(Relay::status),
            System::currentTimeMillis,
            System::nanoTime);
    if (isShared()) {
      lastFigures = stats.next();
    }
    this.figures = Ticker.start("figures", FIGURES_INTERVAL, () -> publish(stats));
    SseServer listening;
    try {
      listening = listen();
    } catch (IOException | RuntimeException e) {
      stopPublishing();
      broker.close();
      throw e;
    }
    this.server = listening;
  }

  private SseServer listen() throws IOException {
    boolean loopback = InetAddress.getByName(settings.host()).isLoopbackAddress();
    Guard guard = new Guard(settings.publishToken(), loopback);
    Controls controls = new Controls(guard, broker, crowd, ticker, this::publish, TOPIC);
    SseServer.Builder builder =
        SseServer.builder(broker, site())
            .host(settings.host())
            .port(settings.port())
            .cors(settings.cors())
            .limits(settings.limits())
            .retry(settings.retry())
            .authorizer(guard)
            .publishing("/publish/")
            .handle("POST", "/clients", controls::clients)
            .handle("POST", "/ticker", controls::ticker);
    settings.tls().ifPresent(builder::tls);
    return builder.start();
  }

  /** Events of a shared log reach the pages of all demos, but figures belong to one demo. */
  private Site site() {
    return isShared() ? new Site(TOPIC, Optional.of(() -> lastFigures)) : new Site(TOPIC);
  }

  private boolean isShared() {
    return settings.sharedLog().isPresent();
  }

  /**
   * Starts the server and the publishers.
   *
   * @throws IOException if the server cannot listen; everything is then stopped again
   */
  static Demo start(ServeSettings settings, Log log) throws IOException {
    return new Demo(settings, log);
  }

  private static Broker.Builder broker(ServeSettings settings) {
    Broker.Builder broker =
        Broker.builder()
            .overflow(settings.overflow())
            .queueEvents(settings.queueEvents())
            .queueBytes(settings.queueBytes())
            .heartbeat(settings.heartbeat())
            .writeDeadline(settings.writeDeadline())
            .historyEvents(settings.historyEvents())
            .historyBytes(settings.historyBytes())
            .historyAge(settings.historyAge());
    settings.maxAge().ifPresent(broker::maxAge);
    return broker;
  }

  int port() {
    return server.port();
  }

  private Event event() {
    return event(settings.message(), ZonedDateTime.now(ZoneId.systemDefault()));
  }

  private void publish() {
    publish(event());
  }

  private void publish(Event event) {
    long start = System.nanoTime();
    Receipt receipt = broker.publish(TOPIC, event);
    publishTimes.add(receipt.id(), start);
  }

  private void publishTick() {
    logFailure(this::publish);
  }

  private void logFailure(Runnable publishing) {
    try {
      publishing.run();
      outage.recovered();
    } catch (BrokerClosedException e) {
      // The demo is shutting down.
    } catch (EventLogException e) {
      outage.failed(e);
    } catch (RuntimeException e) {
      log.line("The ticker's event could not be published; the ticker continues: " + e);
    }
  }

  /** Publishes the event of the current slot, unless another demo has already published it. */
  private void publishSlot() {
    long start = System.nanoTime();
    Event event = event().withId(slot.id());
    logFailure(() -> {
      try {
        publish(event);
      } catch (IllegalArgumentException e) {
        publishTimes.addOther(start);
      }
    });
  }

  private long planSlot(long lastDue, long interval, long now) {
    long wall = Slot.wallNanos();
    slot = Slot.after(wall, interval);
    return now + slot.middleNanos() - wall;
  }

  private void publish(Figures stats) {
    try {
      if (isShared()) {
        lastFigures = stats.next();
      } else {
        stats.publish();
      }
    } catch (RuntimeException e) {
      log.line("The figures could not be published; the demo retries with the next ones: " + e);
    }
  }

  /**
   * Returns the ticker's event for a time.
   *
   * @throws IllegalArgumentException if an event cannot carry the message
   */
  static Event event(String message, ZonedDateTime time) {
    return Event.of(message.replace(TIME, TIME_FORMAT.format(time)));
  }

  private void stopPublishing() {
    figures.close();
    ticker.close();
    relay.ifPresent(Relay::close);
  }

  /**
   * Drains and ends every stream. Returns when everything has ended; this takes at most twice the
   * drain time plus four seconds.
   */
  @Override
  public void close() {
    stopPublishing();
    crowd.close();
    server.close(settings.drain());
    broker.close(settings.drain());
  }
}
