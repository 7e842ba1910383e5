package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Cors;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** Base of the tests of the browser client, with a real browser and a real server. */
abstract class ClientPage extends Chromium {
  final TestPage site = new TestPage();

  Broker broker() {
    return closing(Broker.open());
  }

  SseServer server(Broker broker) throws IOException {
    return server(broker, 0);
  }

  SseServer server(Broker broker, int port) throws IOException {
    return closing(
        SseServer.builder(broker, site)
            .port(port)
            .cors(Cors.anyOrigin())
            .retry(Duration.ofMillis(100))
            .start());
  }

  static String url(SseServer server, String path) {
    return "http://localhost:" + server.port() + path;
  }

  /** Opens the page and waits until its script has run. */
  void openPage(SseServer server) {
    browser().get(url(server, "/page"));
    await("the page's script has run", () -> holds("return typeof follow === 'function'"));
  }

  /** Opens a client and waits until its stream is open. */
  void follow(String url) {
    run("follow(arguments[0], { minDelay: 50 })", url);
    await("the stream is open", () -> "open".equals(run("return client.state")));
  }

  static void publish(Broker broker, int from, int to) {
    IntStream.rangeClosed(from, to)
        .forEach(n -> broker.publish(TestPage.TOPIC, Event.of(Integer.toString(n))));
  }

  static List<String> numbers(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
  }

  void awaitReceived(String last) {
    await("the page receives " + last, () -> last.equals(run("return received.at(-1)")));
  }

  List<?> received() {
    return (List<?>) Objects.requireNonNull(run("return received"));
  }

  void awaitClients(Broker broker, int clients) {
    await("clients of the broker: " + clients, () -> broker.clientCount() == clients);
  }
}
