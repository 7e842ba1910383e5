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
 * The running demo: a broker, a server in front of it, and what publishes to it: the ticker, the
 * figures, and a relay if one is wanted.
 */
final class Demo implements AutoCloseable {
  /** What stands in a message for the time of its publication. */
  static final String TIME = "{time}";

  private static final String TOPIC = "ticker";
  private static final DateTimeFormatter TIME_FORMAT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS xxx", Locale.ROOT);

  private static final Duration FIGURES_INTERVAL = Duration.ofSeconds(1);

  private final Log log;
  private final ServeSettings settings;
  private final Outage outage;
  private final Publications publications = new Publications();
  private final Broker broker;
  private final Crowd crowd;
  private final Ticker ticker;
  private final Optional<Relay> relay;
  private final Ticker figures;
  private final SseServer server;

  /** What the next tick is for if the log is shared. */
  private volatile Slot slot = Slot.behind(0, 1);

  /** For the page if the log is shared; written by the figures' thread. */
  private volatile String lastFigures = "";

  private Demo(ServeSettings settings, Log log) throws IOException {
    this.log = log;
    this.settings = settings;
    Latency latency = new Latency(publications);
    this.crowd = new Crowd(log, latency);
    this.outage = new Outage("The ticker's event", log, System::nanoTime);
    Broker.Builder description = broker(settings).listener(crowd);
    settings
        .sharedLog()
        .ifPresent(shared -> {
          log.line(
              ("Events go through Redis at %s. While it does not answer, clients stay, nothing can"
                      + " be published, and it is tried again")
                  .formatted(shared));
          description.log(shared.open());
        });
    this.broker = description.open();
    this.ticker =
        isShared()
            ? Ticker.start("ticker", settings.interval(), this::planSlot, this::tick)
            : Ticker.start("ticker", settings.interval(), this::publishOrTell);
    this.relay = settings.relay().map(from -> Relay.start(from.url(), from.topic(), broker, log));
    Figures stats =
        new Figures(
            broker,
            crowd,
            publications,
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
    SseServer.Builder description =
        SseServer.builder(broker, site())
            .host(settings.host())
            .port(settings.port())
            .cors(settings.cors())
            .limits(settings.limits())
            .retry(settings.retry())
            .authorizer(guard)
            .publishing("/publish/")
            .post("/clients", controls::clients)
            .post("/ticker", controls::ticker);
    settings.tls().ifPresent(description::tls);
    return description.start();
  }

  /** The events of a shared log reach the pages of all demos; the figures are one demo's. */
  private Site site() {
    return isShared() ? new Site(TOPIC, Optional.of(() -> lastFigures)) : new Site(TOPIC);
  }

  private boolean isShared() {
    return settings.sharedLog().isPresent();
  }

  /**
   * Listens, serves and publishes from now on.
   *
   * @throws IOException if the server cannot listen; nothing is left running
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
    long began = System.nanoTime();
    Receipt receipt = broker.publish(TOPIC, event);
    publications.add(receipt.id(), began);
  }

  private void publishOrTell() {
    tellFailure(this::publish);
  }

  private void tellFailure(Runnable publishing) {
    try {
      publishing.run();
      outage.over();
    } catch (BrokerClosedException e) {
      // The demo ends.
    } catch (EventLogException e) {
      outage.failed(e);
    } catch (RuntimeException e) {
      log.line("This event could not be published, the next one will be tried: " + e);
    }
  }

  /** Publishes the event of this time, unless another demo was first. */
  private void tick() {
    long began = System.nanoTime();
    Event event = event().withId(slot.id());
    tellFailure(() -> {
      try {
        publish(event);
      } catch (IllegalArgumentException e) {
        publications.addOther(began);
      }
    });
  }

  private long planSlot(long served, long interval, long now) {
    long wall = Slot.wallNanos();
    slot = Slot.behind(wall, interval);
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
      log.line("These figures could not be published, the next ones will be tried: " + e);
    }
  }

  /**
   * Returns what is published at a time.
   *
   * @throws IllegalArgumentException if the message is no text that an event can carry
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
   * Ends every stream properly. Returns when all has ended, at the latest twice the drain time and
   * four seconds later.
   */
  @Override
  public void close() {
    stopPublishing();
    crowd.close();
    server.close(settings.drain());
    broker.close(settings.drain());
  }
}
