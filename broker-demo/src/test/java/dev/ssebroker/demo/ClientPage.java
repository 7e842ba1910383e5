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

/** Tests of the browser's client module, in a real browser, against a real server. */
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

  void openPage(SseServer server) {
    browser().get(url(server, "/page"));
  }

  /** Follows the stream and returns when it is open. */
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

  void awaitHeard(String last) {
    await("the page hears " + last, () -> last.equals(run("return heard.at(-1)")));
  }

  List<?> heard() {
    return (List<?>) Objects.requireNonNull(run("return heard"));
  }

  void awaitClients(Broker broker, int clients) {
    await("clients of the broker: " + clients, () -> broker.clientCount() == clients);
  }
}
