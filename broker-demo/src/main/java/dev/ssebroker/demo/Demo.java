package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Event;
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
import okhttp3.HttpUrl;

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
  private final Publications publications = new Publications();
  private final Broker broker;
  private final Crowd crowd;
  private final Ticker ticker;
  private final Optional<Relay> relay;
  private final Ticker figures;
  private final SseServer server;

  private Demo(ServeSettings settings, Log log) throws IOException {
    this.log = log;
    this.settings = settings;
    Latency latency = new Latency(publications);
    this.crowd = new Crowd(log, latency);
    this.broker = broker(settings).listener(crowd).open();
    this.ticker = Ticker.start("ticker", settings.interval(), this::publish);
    this.relay =
        settings
            .relay()
            .map(from -> Relay.start(HttpUrl.get(from.url()), from.topic(), broker, log));
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
        SseServer.builder(broker, new Site(TOPIC))
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
            .outboxEvents(settings.outboxEvents())
            .outboxBytes(settings.outboxBytes())
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

  private void publish() {
    try {
      long began = System.nanoTime();
      Receipt receipt =
          broker.publish(
              TOPIC, event(settings.message(), ZonedDateTime.now(ZoneId.systemDefault())));
      publications.add(receipt.id(), began);
    } catch (BrokerClosedException e) {
      // A burst that was asked for as the demo ended.
    } catch (RuntimeException e) {
      log.line("This event could not be published, the next one will be tried: " + e);
    }
  }

  private void publish(Figures stats) {
    try {
      stats.publish();
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
