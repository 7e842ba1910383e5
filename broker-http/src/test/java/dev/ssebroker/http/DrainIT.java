package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DrainIT {
  private static final String BLOCK = "x".repeat(64 * 1024);

  private final Broker broker = Broker.builder().historyBytes(1 << 30).open();
  private SseServer server;

  @BeforeEach
  void start() throws Exception {
    server =
        SseServer.builder(broker, StreamHandler.topicsUnder("/events/"))
            .port(0)
            .health()
            .metrics()
            .start();
  }

  @AfterEach
  void closeAndCheck() {
    server.close();
    broker.close();
    assertEquals(0, broker.clientCount());
  }

  private String get(String path, String fields) throws Exception {
    try (RawClient client = new RawClient(server)) {
      client.send(
          "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields + "\r\n");
      return client.readToEnd();
    }
  }

  /** More than the socket's buffers hold, so the drain lasts until the client reads. */
  private RawClient clientWithMuchToRead(int events) throws Exception {
    RawClient client = new RawClient(server).get("/events/a").awaitStream();
    for (int i = 0; i < events; i++) {
      broker.publish("a", Event.of(BLOCK));
    }
    broker.publish("a", Event.of("last"));
    return client;
  }

  private CompletableFuture<Boolean> closing(Duration drain) {
    CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> server.close(drain));
    while (!server.connections().isDraining()) {
      Thread.onSpinWait();
    }
    return drained;
  }

  @Test
  void serverIsAliveAndReady() throws Exception {
    assertTrue(get("/healthz", "").endsWith("\r\n\r\nok\n"));
    assertTrue(get("/readyz", "").endsWith("\r\n\r\nready\n"));
    Condition.await("connections", 0, server.connections()::count);
    String metrics = get("/metrics", "");
    assertTrue(metrics.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    assertTrue(metrics.contains("\nsse_http_connections 1\n"), metrics);
  }

  @Test
  void streamsEndWhileNewOnesAreRefusedSoftly() throws Exception {
    try (RawClient client = clientWithMuchToRead(200)) {
      CompletableFuture<Boolean> drained = closing(Duration.ofSeconds(60));

      assertTrue(get("/readyz", "").startsWith("HTTP/1.1 503 "), "readyz");
      assertTrue(get("/healthz", "").startsWith("HTTP/1.1 200 "), "healthz");
      String soft = get("/events/a", "Accept: text/event-stream\r\n");
      assertTrue(soft.startsWith("HTTP/1.1 200 OK\r\n"), soft);
      assertTrue(soft.contains("\r\nContent-Type: text/event-stream\r\n"), soft);
      assertTrue(soft.matches("(?s).*\r\n\r\nretry: \\d{4,5}\n\n"), soft);
      String hard = get("/events/a", "");
      assertTrue(hard.startsWith("HTTP/1.1 503 "), hard);
      assertTrue(hard.contains("\r\nRetry-After: "), hard);
      assertFalse(drained.isDone(), "the client has not read anything yet");

      String rest = client.readToEnd();
      assertTrue(rest.contains("data: last\n"), "the last event");
      assertTrue(rest.endsWith("\r\n0\r\n\r\n"), "the last chunk");
      assertTrue(drained.get());
    }
  }

  /** RFC 9112 §9.6: closing with unread bytes would reset the connection and lose the answer. */
  @Test
  void refusalOfAStreamSurvivesUnreadBytes() throws Exception {
    try (RawClient stalled = clientWithMuchToRead(200)) {
      CompletableFuture<Boolean> drained = closing(Duration.ofSeconds(60));
      for (int i = 0; i < 20; i++) {
        try (RawClient late = new RawClient(server)) {
          late.send("GET /events/a HTTP/1.1\r\nHost: a\r\n\r\n" + "x".repeat(200_000));
          late.socket.shutdownOutput();
          assertTrue(late.readToEnd().startsWith("HTTP/1.1 503 "));
        }
      }
      stalled.readToEnd();
      assertTrue(drained.get());
    }
  }

  @Test
  void streamThatDoesNotEndInTimeIsCut() throws Exception {
    try (RawClient client = clientWithMuchToRead(1000)) {
      assertFalse(server.close(Duration.ofMillis(200)));
      assertFalse(client.readToEnd().endsWith("\r\n0\r\n\r\n"));
    }
  }
}
