package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Cors;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The running demo: a broker, a server in front of it and the ticker that publishes to it. */
final class Demo implements AutoCloseable {
  /** What stands in a message for the time of its publication. */
  static final String TIME = "{time}";

  private static final String TOPIC = "ticker";
  private static final DateTimeFormatter TIME_FORMAT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS xxx", Locale.ROOT);

  /** Half a second each for those who read on to receive what is left, and for their removal. */
  private static final Duration DRAIN = Duration.ofMillis(500);

  private final Log log;
  private final String message;
  private final Broker broker;
  private final SseServer server;
  private final Ticker ticker;

  private Demo(Log log, String message, Duration interval, Broker broker, SseServer server) {
    this.log = log;
    this.message = message;
    this.broker = broker;
    this.server = server;
    this.ticker = Ticker.start(interval, this::publish);
  }

  /**
   * Listens, serves and publishes from now on.
   *
   * @throws IOException if the server cannot listen; nothing is left running
   */
  static Demo start(String host, int port, Duration interval, String message, Log log)
      throws IOException {
    Broker broker = Broker.builder().listener(log).open();
    try {
      SseServer server =
          SseServer.builder(broker, new Site(TOPIC))
              .host(host)
              .port(port)
              .cors(Cors.anyOrigin())
              .start();
      return new Demo(log, message, interval, broker, server);
    } catch (IOException | RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  int port() {
    return server.port();
  }

  private void publish() {
    try {
      broker.publish(TOPIC, event(message, ZonedDateTime.now(ZoneId.systemDefault())));
    } catch (RuntimeException e) {
      log.line("This event could not be published, the next one will be tried: " + e);
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

  /** Ends every stream properly. Returns when all has ended, after about a second at the most. */
  @Override
  public void close() {
    ticker.close();
    server.close(DRAIN);
    broker.close(DRAIN);
  }
}
