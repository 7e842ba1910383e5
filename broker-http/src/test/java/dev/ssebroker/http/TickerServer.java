package dev.ssebroker.http;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerListener;
import dev.ssebroker.Event;
import dev.ssebroker.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A server of one topic, for client programs. It gives the test each stream when it begins, so that
 * the test can cut or end it.
 */
final class TickerServer implements AutoCloseable {
  private static final String FILLING = " " + "x".repeat(8 * 1024);

  /** Reports in order, because each report waits for the one before. */
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
  private volatile boolean reconnectsStopped;

  TickerServer() throws IOException {
    server = SseServer.builder(broker, this::decide).port(0).retry(Duration.ofMillis(100)).start();
  }

  private Decision decide(Request request) {
    return switch (request.path()) {
      case "/" -> Decision.answer("text/html;charset=utf-8", PAGE);
      case "/events" -> reconnectsStopped ? noContent() : Decision.stream("ticker");
      case "/seen" -> {
        Collections.addAll(seen, request.query().orElse("").split(",", -1));
        yield noContent();
      }
      default -> Decision.refuse(404);
    };
  }

  /** HTML §9.2.1: a server uses 204 to stop an EventSource from reconnecting. */
  private static Decision noContent() {
    return Decision.answer(204);
  }

  String url(String path) {
    return "http://localhost:" + server.port() + path;
  }

  /** Publishes the numbers, each with so much filling that few fit into a socket. */
  void publish(int from, int to) {
    for (int i = from; i < to; i++) {
      broker.publish("ticker", Event.of(i + FILLING));
    }
  }

  /** Waits for the next client. */
  Subscription nextStream() throws InterruptedException {
    return Objects.requireNonNull(streams.poll(60, TimeUnit.SECONDS), "no client has connected");
  }

  /** Answers with 204 from now on. */
  void stopReconnects() {
    reconnectsStopped = true;
  }

  /** Returns what the page has reported. */
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
