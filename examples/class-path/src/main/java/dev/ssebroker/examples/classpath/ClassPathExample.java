package dev.ssebroker.examples.classpath;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.http.StreamHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.stream.Stream;

/** Serves a topic to a client that disconnects and resumes, and misses nothing. */
public final class ClassPathExample {
  private ClassPathExample() {}

  public static void main(String[] args) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient();
        Broker broker = Broker.open();
        SseServer server =
            SseServer.builder(broker, StreamHandler.topicsUnder("/events/")).port(0).start()) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/events/news"));

      String id;
      try (Stream<String> first = http.send(request.build(), BodyHandlers.ofLines()).body()) {
        id = broker.publish("news", Event.of("headline", "Virtual threads queue up")).id();
        check(first, List.of("event: headline", "data: Virtual threads queue up", "id: " + id));
      }
      String missed = broker.publish("news", Event.of("while nobody was there")).id();
      request.header("Last-Event-ID", id);
      try (Stream<String> second = http.send(request.build(), BodyHandlers.ofLines()).body()) {
        check(second, List.of("data: while nobody was there", "id: " + missed));
      }
    }
  }

  /** Skips the lines before the first event: the {@code retry} field and a comment. */
  private static void check(Stream<String> lines, List<String> expected) {
    List<String> actual =
        lines
            .filter(line -> line.matches("(event|data|id): .*"))
            .limit(expected.size())
            .peek(System.out::println)
            .toList();
    if (!actual.equals(expected)) {
      throw new IllegalStateException("expected " + expected);
    }
  }
}
