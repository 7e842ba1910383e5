package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The core in another server: the JDK's own. */
@Timeout(30)
class JdkHttpServerIT {
  private final Broker broker = Broker.open();

  /** All that a handler has to do. The thread that the server gave it waits for the end. */
  private void stream(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      broker
          .subscription("news")
          .lastEventId(exchange.getRequestHeaders().getFirst("Last-Event-ID"))
          .open(Sink.of(exchange.getResponseBody()))
          .awaitEnd();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void clientReceivesResumesAndSeesTheEnd() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/events", this::stream);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    try (HttpClient http = HttpClient.newHttpClient()) {
      String id = broker.publish("news", Event.of("before")).id();
      broker.publish("news", Event.of("missed"));
      URI uri =
          new URI("http", null, "localhost", server.getAddress().getPort(), "/events", null, null);
      HttpRequest request = HttpRequest.newBuilder(uri).header("Last-Event-ID", id).build();
      try (InputStream body = http.send(request, HttpResponse.BodyHandlers.ofInputStream()).body();
          BufferedReader lines =
              new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
        assertEquals("data: missed", nextData(lines));
        broker.publish("news", Event.of("live"));
        assertEquals("data: live", nextData(lines));
        broker.close();
        assertEquals("", nextData(lines));
      }
    } finally {
      server.stop(0);
      broker.close();
    }
  }

  /** Returns the next line of data, and an empty one at the end of the stream. */
  private static String nextData(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.startsWith("data: ")) {
      line = lines.readLine();
    }
    return line == null ? "" : line;
  }
}
