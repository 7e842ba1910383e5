package dev.ssebroker.http;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerListener;
import dev.ssebroker.Event;
import dev.ssebroker.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A server of one topic, for clients that are programs of their own: it gives the test each stream
 * as it begins, to cut or to end it.
 */
final class TickerServer implements AutoCloseable {
  private static final String FILLING = " " + "x".repeat(8 * 1024);

  /** Reports in order, since each report waits for the one before. */
  private static final String PAGE =
      """
      <!doctype html>
      <meta charset="utf-8">
      <title>ticker</title>
      <script>
        const lines = [];
        let reporting = false;
        async function say(line) {
          lines.push(line);
          if (!reporting) {
            reporting = true;
            while (lines.length > 0) {
              await fetch("/seen?" + lines.splice(0, 100).join(","));
            }
            reporting = false;
          }
        }
        const source = new EventSource("/events");
        source.onmessage = event => say(event.data.split(" ")[0]);
        source.addEventListener("gap", () => say("gap"));
        source.onerror = () => say(source.readyState == EventSource.CLOSED ? "over" : "ended");
      </script>
      """;

  private final BlockingQueue<Subscription> streams = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private final Broker broker = Broker.builder().listener(new Arrivals()).open();
  private final SseServer server;
  private volatile boolean over;

  TickerServer() throws IOException {
    server = SseServer.builder(broker, this::decide).port(0).retry(Duration.ofMillis(100)).start();
  }

  private Decision decide(Request request) {
    return switch (request.path()) {
      case "/" -> Decision.answer("text/html;charset=utf-8", PAGE);
      case "/events" -> over ? noContent() : Decision.stream("ticker");
      case "/seen" -> {
        Collections.addAll(seen, request.query().orElse("").split(",", -1));
        yield noContent();
      }
      default -> Decision.reject(404);
    };
  }

  /** HTML §9.2.1: this is how a server tells an EventSource to stop coming back. */
  private static Decision noContent() {
    return new Decision.Answer(204, "text/plain", "", Map.of());
  }

  String url(String path) {
    return "http://localhost:" + server.port() + path;
  }

  /** Publishes the numbers, with enough behind each that many do not fit into a socket. */
  void publish(int from, int to) {
    for (int i = from; i < to; i++) {
      broker.publish("ticker", Event.of(i + FILLING));
    }
  }

  /** Waits for the next client. */
  Subscription nextStream() throws InterruptedException {
    return Objects.requireNonNull(streams.poll(60, TimeUnit.SECONDS), "no client has come");
  }

  /** From now on, clients are told not to come back. */
  void over() {
    over = true;
  }

  /** What the page has reported. */
  BlockingQueue<String> seen() {
    return seen;
  }

  @Override
  public void close() {
    server.close();
    broker.close();
  }

  private final class Arrivals implements BrokerListener {
    @Override
    public void clientAdded(Subscription subscription, int clients) {
      streams.add(subscription);
    }
  }
}
