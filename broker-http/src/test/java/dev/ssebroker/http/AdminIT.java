package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The admin port answers health checks and metrics, whatever the other port does. */
@Timeout(60)
class AdminIT {
  private static final String STREAM =
      "GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n";

  private final Broker broker = Broker.builder().queueBytes(1 << 30).open();

  private SseServer start(Limits limits) throws IOException {
    return SseServer.builder(broker, request -> Decision.stream("ticker"))
        .port(0)
        .admin("localhost", 0)
        .limits(limits)
        .start();
  }

  private static String get(int port, String path) throws IOException {
    try (RawClient client =
        new RawClient(new Socket(InetAddress.getLoopbackAddress(), port)).get(path)) {
      return client.readToEnd();
    }
  }

  @Test
  void statusIsAnsweredOnTheAdminPortOnly() throws Exception {
    try (broker;
        SseServer server = start(Limits.DEFAULT)) {
      assertTrue(get(server.adminPort(), "/healthz").startsWith("HTTP/1.1 200 OK\r\n"));
      assertTrue(get(server.adminPort(), "/readyz").startsWith("HTTP/1.1 200 OK\r\n"));
      assertTrue(get(server.adminPort(), "/metrics").contains("\nsse_clients 0\n"));
      assertTrue(get(server.adminPort(), "/events").startsWith("HTTP/1.1 404 Not Found\r\n"));
      try (RawClient client = new RawClient(server).get("/healthz")) {
        client.readThrough("text/event-stream");
      }
    }
  }

  @Test
  void metricsCountTheConnectionsOfTheServer() throws Exception {
    try (broker;
        SseServer server = start(Limits.DEFAULT);
        RawClient client = new RawClient(server).send(STREAM).awaitStream()) {
      assertTrue(client.socket.isConnected());
      assertTrue(get(server.adminPort(), "/metrics").contains("\nsse_http_connections 1\n"));
    }
  }

  @Test
  void fullServerIsHealthyAndReady() throws Exception {
    try (broker;
        SseServer server = start(Limits.builder().streams(1).requestConnections(1).build());
        RawClient stream = new RawClient(server).send(STREAM).awaitStream();
        RawClient idle = new RawClient(server)) {
      assertTrue(stream.socket.isConnected());
      assertTrue(idle.socket.isConnected());
      Condition.await("connections", 2, server.connections()::count);
      assertTrue(get(server.adminPort(), "/healthz").startsWith("HTTP/1.1 200 OK\r\n"));
      assertTrue(get(server.adminPort(), "/readyz").startsWith("HTTP/1.1 200 OK\r\n"));
    }
  }

  /** The threads spin, so they hold their carriers on every JDK. */
  @Test
  void serverIsHealthyWhileVirtualThreadsHoldEveryCarrier() throws Exception {
    int carriers = Runtime.getRuntime().availableProcessors();
    CountDownLatch spinning = new CountDownLatch(carriers);
    CompletableFuture<Void> stop = new CompletableFuture<>();
    List<Thread> threads = new ArrayList<>();
    try (broker;
        SseServer server = start(Limits.DEFAULT)) {
      for (int i = 0; i < carriers; i++) {
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  spinning.countDown();
                  while (!stop.isDone()) {
                    Thread.onSpinWait();
                  }
                }));
      }
      spinning.await();
      String health = get(server.adminPort(), "/healthz");
      stop.complete(null);
      assertTrue(health.startsWith("HTTP/1.1 200 OK\r\n"), health);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  @Test
  void serverThatDrainsIsHealthyAndNotReady() throws Exception {
    try (broker;
        SseServer server = start(Limits.DEFAULT);
        RawClient stalled = new RawClient(server).send(STREAM).awaitStream()) {
      int port = server.adminPort();
      // More than the sockets' buffers hold: the stream cannot end.
      for (int i = 0; i < 200; i++) {
        broker.publish("ticker", Event.of("x".repeat(64 * 1024)));
      }
      CompletableFuture<Boolean> closed =
          CompletableFuture.supplyAsync(() -> server.close(Duration.ofMinutes(1)));
      while (!server.connections().isDraining()) {
        Thread.onSpinWait();
      }
      String ready = get(port, "/readyz");
      assertTrue(ready.startsWith("HTTP/1.1 503 Service Unavailable\r\n"), ready);
      assertTrue(get(port, "/healthz").startsWith("HTTP/1.1 200 OK\r\n"));
      stalled.socket.close();
      assertTrue(closed.get(10, TimeUnit.SECONDS));
      assertThrows(ConnectException.class, () -> get(port, "/healthz"));
    }
  }

  @Test
  void serverWithoutAnAdminPortSaysSo() throws Exception {
    try (broker;
        SseServer server =
            SseServer.builder(broker, request -> Decision.stream("ticker")).port(0).start()) {
      assertEquals(
          "the server has no admin port; Builder.admin sets one",
          assertThrows(IllegalStateException.class, server::adminPort).getMessage());
    }
  }
}
