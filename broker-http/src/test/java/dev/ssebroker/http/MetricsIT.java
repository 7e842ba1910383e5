package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an operator sees of a server: its metrics, and the log of its streams. */
@Timeout(60)
class MetricsIT {
  private static final String STREAM =
      "GET /events/news HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n";
  private static final String PLAIN_STREAM = "GET /events/news HTTP/1.1\r\nHost: a\r\n\r\n";

  private final Broker broker = Broker.open();

  private SseServer start(Limits limits) throws IOException {
    return SseServer.builder(broker, StreamHandler.topicsUnder("/events/"))
        .port(0)
        .limits(limits)
        .metrics()
        .start();
  }

  private static Map<String, String> samples(SseServer server) throws IOException {
    try (RawClient client = new RawClient(server).get("/metrics")) {
      String answer = client.readToEnd();
      return PrometheusPage.parse(answer.substring(answer.indexOf("\r\n\r\n") + 4)).samples();
    }
  }

  private static String refused(SseServer server, String reason) throws IOException {
    return samples(server).get("sse_http_refused_total{reason=\"" + reason + "\"}");
  }

  @Test
  void refusalsAreCountedByReason() throws Exception {
    try (broker;
        SseServer server = start(Limits.builder().streams(1).build());
        RawClient stream = new RawClient(server).send(STREAM).awaitStream()) {
      assertTrue(stream.socket.isConnected());
      for (String request :
          new String[] {
            STREAM,
            PLAIN_STREAM,
            "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET /" + "x".repeat(100_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"
          }) {
        try (RawClient client = new RawClient(server).send(request)) {
          client.readToEnd();
        }
      }
      assertEquals("2", refused(server, "full"));
      assertEquals("1", refused(server, "not-found"));
      assertEquals("1", refused(server, "bad-request"));
      assertEquals("1", refused(server, "too-large"));
      assertEquals("0", refused(server, "address"));
    }
  }

  @Test
  void streamsOfAnAddressAreRefusedForTheAddress() throws Exception {
    try (broker;
        SseServer server = start(Limits.builder().streamsPerAddress(1).build());
        RawClient stream = new RawClient(server).send(STREAM).awaitStream();
        RawClient second = new RawClient(server).send(PLAIN_STREAM)) {
      assertTrue(stream.socket.isConnected());
      second.readToEnd();
      assertEquals("1", refused(server, "address"));
    }
  }

  @Test
  void eachWriteWithAnEventIsInTheHistogram() throws Exception {
    try (broker;
        SseServer server = start(Limits.DEFAULT);
        RawClient stream = new RawClient(server).send(STREAM).awaitStream()) {
      assertEquals("0", samples(server).get("sse_delivery_seconds_count"));
      broker.publish("news", Event.of("hello"));
      stream.readThrough("data: hello\n");
      Condition.await("writes", "1", () -> sample(server, "sse_delivery_seconds_count"));
      assertEquals("1", samples(server).get("sse_delivery_seconds_bucket{le=\"10\"}"));
    }
  }

  private static String sample(SseServer server, String name) {
    try {
      return String.valueOf(samples(server).get(name));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void buildProcessAndJvmAreOnThePage() throws Exception {
    try (broker;
        SseServer server = start(Limits.DEFAULT)) {
      Map<String, String> samples = samples(server);
      String version = System.getProperty("java.version");
      assertTrue(
          samples.keySet().stream()
              .anyMatch(name ->
                  name.matches("sse_build_info\\{version=\"[0-9].*\",java=\"" + version + "\"}")),
          samples.keySet().toString());
      for (String name :
          new String[] {
            "process_start_time_seconds",
            "jvm_memory_used_bytes{area=\"heap\"}",
            "jvm_memory_max_bytes{area=\"heap\"}",
            "jvm_buffer_pool_used_bytes{pool=\"direct\"}",
            "jvm_threads_current"
          }) {
        assertTrue(samples.containsKey(name), name);
      }
    }
  }

  @Test
  void endOfAStreamIsLoggedWithItsReasonAndAddress() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Logger logger = Logger.getLogger("dev.ssebroker.http.streams");
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            lines.add(entry.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    logger.setLevel(Level.FINE);
    try (broker;
        SseServer server = start(Limits.DEFAULT)) {
      int port;
      try (RawClient stream = new RawClient(server).send(STREAM).awaitStream()) {
        port = stream.socket.getLocalPort();
      }
      assertEnd(1, port, "disconnected", lines.poll(30, TimeUnit.SECONDS));
      try (RawClient stream = new RawClient(server).send(STREAM).awaitStream()) {
        port = stream.socket.getLocalPort();
        server.close(Duration.ofSeconds(5));
      }
      assertEnd(2, port, "unsubscribed", lines.poll(30, TimeUnit.SECONDS));
      assertEquals(0, lines.size());
    } finally {
      logger.removeHandler(handler);
      logger.setLevel(null);
    }
  }

  private static void assertEnd(long client, int port, String reason, @Nullable String line) {
    String expected =
        "Client %d at 127\\.0\\.0\\.1:%d ended: %s after [0-9]+\\.[0-9]{3} s of news"
            .formatted(client, port, reason);
    assertTrue(line != null && line.matches(expected), String.valueOf(line));
  }
}
