package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.redis.RedisLog;
import java.io.IOException;
import java.time.Duration;

/**
 * A broker for measurements. It serves {@code /events} on 127.0.0.1 and publishes the events of a
 * {@link Ticker}.
 *
 * <p>System properties: {@code heartbeat} is the heartbeat in milliseconds. {@code redis} is the
 * address of a Redis with a shared log, whose keys have the prefix {@code redis.prefix}. With
 * {@code silent=true} the ticker publishes nothing.
 */
public final class TickerServer implements AutoCloseable {
  private static final String TOPIC = "ticker";

  private final Broker broker;
  private final SseServer server;
  private final Ticker ticker;

  private TickerServer(Broker broker, SseServer server, Ticker ticker) {
    this.broker = broker;
    this.server = server;
    this.ticker = ticker;
  }

  /**
   * Starts the server and its ticker.
   *
   * @param port the port to listen on; 0 for a free one
   * @param rate the events per second
   * @param size the bytes of padding in each event
   * @return the server
   * @throws IOException if the server cannot listen on the port
   */
  static TickerServer start(int port, int rate, int size) throws IOException {
    Broker.Builder settings = Broker.builder();
    Integer heartbeat = Integer.getInteger("heartbeat");
    if (heartbeat != null) {
      settings.heartbeat(Duration.ofMillis(heartbeat));
    }
    String redis = System.getProperty("redis");
    if (redis != null) {
      String prefix = System.getProperty("redis.prefix", "ticker");
      settings.log(RedisLog.builder().uri(redis).prefix(prefix).open());
    }
    Broker broker = settings.open();
    SseServer server =
        SseServer.builder(
                broker,
                request ->
                    request.path().equals("/events")
                        ? Decision.stream(TOPIC)
                        : Decision.refuse(404))
            .host("127.0.0.1")
            .port(port)
            .start();
    boolean silent = Boolean.getBoolean("silent");
    Ticker ticker =
        Ticker.start(
            silent ? 1 : rate,
            size,
            silent ? data -> {} : data -> broker.publish(TOPIC, Event.of(data)));
    return new TickerServer(broker, server, ticker);
  }

  int port() {
    return server.port();
  }

  @Override
  public void close() {
    ticker.close();
    server.close();
    broker.close();
  }

  /**
   * Runs the server until the process is stopped.
   *
   * @param args PORT RATE SIZE
   */
  public static void main(String[] args) {
    TickerCommand.run("TickerServer", args, (port, rate, size) -> start(port, rate, size).port());
  }
}
