package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * The broker as load tools measure it: serves {@code /events} on 127.0.0.1 and publishes a {@link
 * Ticker}'s events.
 */
public final class TickerServer implements AutoCloseable {
  private static final String TOPIC = "ticker";
  private static final String USAGE =
      """
      usage: TickerServer PORT RATE SIZE
        PORT  to listen on at 127.0.0.1, 0 for a free one
        RATE  events per second, from 1 to 1000000
        SIZE  bytes of padding behind the time in each event, from 0 to 10000000
      example: TickerServer 8080 100 64, then curl -N http://127.0.0.1:8080/events\
      """;

  private final Broker broker;
  private final SseServer server;
  private final Ticker ticker;

  private TickerServer(Broker broker, SseServer server, Ticker ticker) {
    this.broker = broker;
    this.server = server;
    this.ticker = ticker;
  }

  /**
   * Listens, and publishes from now on.
   *
   * @param port to listen on, 0 for a free one
   * @param rate events per second
   * @param size bytes of padding in each event
   * @return the server
   * @throws IOException if the port cannot be listened on
   */
  static TickerServer start(int port, int rate, int size) throws IOException {
    Broker broker = Broker.open();
    SseServer server =
        SseServer.builder(
                broker,
                request ->
                    request.path().equals("/events")
                        ? Decision.stream(TOPIC)
                        : Decision.reject(404))
            .host("127.0.0.1")
            .port(port)
            .start();
    Ticker ticker = Ticker.start(rate, size, data -> broker.publish(TOPIC, Event.of(data)));
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
   * Runs until it is stopped.
   *
   * @param args PORT RATE SIZE
   */
  public static void main(String[] args) {
    if (args.length != 3) {
      fail(USAGE, 2);
      return;
    }
    try {
      TickerServer server =
          start(
              number("PORT", args[0], 0, 65_535),
              number("RATE", args[1], 1, 1_000_000),
              number("SIZE", args[2], 0, 10_000_000));
      System.out.println("listening on http://127.0.0.1:" + server.port() + "/events");
    } catch (IllegalArgumentException e) {
      fail(e.getMessage() + System.lineSeparator() + USAGE, 2);
    } catch (IOException e) {
      fail("cannot listen on 127.0.0.1:" + args[0] + ": " + e.getMessage(), 1);
    }
  }

  private static void fail(String message, int exitCode) {
    System.err.println(message);
    System.exit(exitCode);
  }

  /** Returns the number, or throws an IllegalArgumentException that says what is allowed. */
  static int number(String name, String text, int least, int most) {
    if (Pattern.matches("\\d{1,9}", text)) {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw new IllegalArgumentException(
        "%s is '%s'; allowed is from %d to %d".formatted(name, text, least, most));
  }
}
