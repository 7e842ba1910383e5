package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Network and client failures: other clients are still served, and failed ones leak nothing. */
class FaultsIT {
  private static final String PAGE = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String STREAM = "GET /ticker HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String LAST_CHUNK = "\r\n0\r\n\r\n";

  private final ClientLog clients = new ClientLog();
  private final Broker broker =
      Broker.builder().writeDeadline(Duration.ofSeconds(1)).listener(clients).open();
  private final SseServer server;
  private final FaultProxy proxy;
  private final Leaks leaks;

  FaultsIT(@TempDir Path directory) throws IOException {
    server = SseServer.builder(broker, FaultsIT::decide).port(0).start();
    proxy = new FaultProxy(server);
    leaks = new Leaks(directory);
  }

  private static Decision decide(Request request) {
    return request.path().equals("/page")
        ? Decision.answer("text/plain", "a page")
        : Decision.stream(request.path().substring(1));
  }

  /** The JDK opens files when it does something for the first time. */
  @BeforeEach
  void warmUp() throws Exception {
    for (Disconnect disconnect : Disconnect.values()) {
      connectAndDisconnect(proxy.address(), disconnect, false);
      connectAndDisconnect(proxy.address(), disconnect, true);
      proxy.next();
      proxy.next();
    }
    leaks.awaitNoClients(broker);
    clients.clear();
    leaks.measure();
  }

  @AfterEach
  void closeAndCheck() throws IOException {
    try (server;
        broker;
        proxy) {
      leaks.awaitNoClients(broker);
      leaks.awaitNoNewDescriptors();
    }
    leaks.awaitNoThreads();
  }

  @Test
  void stalledReaderIsCutByTheWriteDeadlineWhileOthersGoOn() throws Exception {
    String filling = "x".repeat(64 * 1024);
    try (RawClient stalled = stream(proxy.address());
        RawClient good = stream(server.address())) {
      FaultProxy.Link link = proxy.next();
      link.stopReading();
      // More than the socket buffers between the server and the proxy can hold.
      for (int i = 0; i < 400; i++) {
        broker.publish("ticker", Event.of(i + filling));
        good.readThrough("data: " + i + "x");
        good.readThrough("\n\n\r\n");
      }
      clients.assertNext("added, 1");
      clients.assertNext("added, 2");
      clients.assertNext("WRITE_TIMED_OUT, 1");
      broker.publish("ticker", Event.of("after"));
      good.readThrough("data: after\n");
      link.resumeReading();
      assertFalse(stalled.readToEnd().endsWith(LAST_CHUNK));
    }
    clients.assertNext("DISCONNECTED, 0");
  }

  /** An orderly end under TLS would wait for the blocked write. */
  @Test
  void stalledReaderUnderTlsIsCutByTheWriteDeadline() throws Exception {
    SelfSigned certificate = new SelfSigned();
    try (SseServer secure =
            SseServer.builder(broker, FaultsIT::decide)
                .port(0)
                .tls(certificate.ofServer())
                .start();
        FaultProxy between = new FaultProxy(secure);
        RawClient stalled =
            new RawClient(
                certificate
                    .ofClients()
                    .createSocket(between.address().getAddress(), between.address().getPort()))) {
      stalled.send(STREAM).awaitStream();
      between.next().stopReading();
      for (int i = 0; i < 400; i++) {
        broker.publish("ticker", Event.of("x".repeat(64 * 1024)));
      }
      clients.assertNext("added, 1");
      clients.assertNext("WRITE_TIMED_OUT, 0");
    }
  }

  @Test
  void readerThatStallsForLessThanTheWriteDeadlineMissesNothing() throws Exception {
    try (RawClient client = stream(proxy.address())) {
      FaultProxy.Link link = proxy.next();
      link.stopReading();
      for (int i = 0; i < 1000; i++) {
        broker.publish("ticker", Event.of("event " + i));
      }
      link.resumeReading();
      for (int i = 0; i < 1000; i++) {
        client.readThrough("data: event " + i + "\n");
      }
    }
  }

  @Test
  void clientThatClosesItsSideOfAStreamIsDisconnected() throws Exception {
    try (RawClient client = stream(proxy.address())) {
      clients.assertNext("added, 1");
      proxy.next().halfClose();
      clients.assertNext("DISCONNECTED, 0");
      assertEquals("", client.readToEnd());
    }
  }

  @Test
  void clientThatClosesItsSideAfterItsRequestIsAnswered() throws Exception {
    try (RawClient client = new RawClient(server).send(PAGE)) {
      client.socket.shutdownOutput();
      assertTrue(client.readToEnd().endsWith("\r\n\r\na page"));
    }
  }

  @Test
  void clientThatClosesItsSideWithinItsRequestIsClosed() throws Exception {
    try (RawClient client = new RawClient(server).send("GET /pa")) {
      client.socket.shutdownOutput();
      assertFalse(client.readToEnd().contains(" 200 "));
    }
  }

  @Test
  void clientThatIsResetDuringAWriteIsDisconnectedWhileOthersGoOn() throws Exception {
    String filling = "x".repeat(64 * 1024);
    try (RawClient broken = stream(proxy.address());
        RawClient good = stream(server.address())) {
      FaultProxy.Link link = proxy.next();
      link.stopReading();
      for (int i = 0; i < 400; i++) {
        broker.publish("ticker", Event.of(i + filling));
        if (i == 200) {
          link.reset();
        }
        good.readThrough("data: " + i + "x");
        good.readThrough("\n\n\r\n");
      }
      clients.assertNext("added, 1");
      clients.assertNext("added, 2");
      clients.assertNext("DISCONNECTED, 1");
      assertThrows(IOException.class, () -> broken.readThrough("data: 400"));
    }
    clients.assertNext("DISCONNECTED, 0");
  }

  @Test
  void requestAndStreamMayArriveByteByByte() throws Exception {
    try (RawClient client = new RawClient(proxy.address())) {
      proxy.next().byteByByte();
      client.send(STREAM).awaitStream();
      for (int i = 0; i < 100; i++) {
        broker.publish("ticker", Event.of("event " + i));
        client.readThrough("data: event " + i + "\n");
      }
    }
  }

  @Test
  void clientIsServedUntilItsEndArrives() throws Exception {
    RawClient client = stream(proxy.address());
    FaultProxy.Link link = proxy.next();
    link.delayEnds();
    client.close();
    clients.assertNext("added, 1");
    for (int i = 0; i < 1000; i++) {
      assertEquals(1, broker.publish("ticker", Event.of("event " + i)).queued());
    }
    link.releaseEnds();
    clients.assertNext("DISCONNECTED, 0");
  }

  /** RFC 9112 §9.6: the server waits for the client's end, but only for a bounded time. */
  @Test
  void clientThatNeverClosesIsClosedAfterItsLastAnswer() throws Exception {
    try (RawClient client = new RawClient(proxy.address())) {
      FaultProxy.Link link = proxy.next();
      link.delayEnds();
      client.send("nonsense\r\n\r\n").readThrough("HTTP/1.1 400 Bad Request\r\n");
      leaks.awaitNoClients(broker);
      link.releaseEnds();
      client.readToEnd();
    }
  }

  @Test
  void twoThousandIdleStreamsDoNotDisturbABusyOne() throws Exception {
    List<RawClient> idle = new ArrayList<>();
    try (RawClient good = stream(server.address())) {
      for (int i = 0; i < 2000; i++) {
        idle.add(new RawClient(server).send("GET /quiet HTTP/1.1\r\nHost: a\r\n\r\n"));
        idle.getLast().awaitStream();
      }
      for (int i = 0; i < 10_000; i++) {
        broker.publish("ticker", Event.of("event " + i));
        good.readThrough("data: event " + i + "\n");
      }
      assertEquals(2000, broker.publish("quiet", Event.of("woken")).queued());
      for (RawClient client : idle) {
        client.readThrough("data: woken\n");
      }
    } finally {
      for (RawClient client : idle) {
        client.close();
      }
    }
  }

  @Test
  void tenThousandShortConnectionsLeakNothing() throws Exception {
    int workers = 40;
    List<Future<?>> comings = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        RawClient good = stream(server.address())) {
      for (int worker = 0; worker < workers; worker++) {
        comings.add(threads.submit(() -> connectAndDisconnect(10_000 / workers)));
      }
      int events = 0;
      while (!comings.stream().allMatch(Future::isDone)) {
        broker.publish("ticker", Event.of("event " + events));
        good.readThrough("data: event " + events + "\n");
        events++;
      }
      for (Future<?> coming : comings) {
        coming.get();
      }
    }
  }

  private Void connectAndDisconnect(int times) throws IOException {
    Disconnect[] departures = Disconnect.values();
    for (int i = 0; i < times; i++) {
      boolean reset = i / departures.length % 2 == 1;
      connectAndDisconnect(server.address(), departures[i % departures.length], reset);
    }
    return null;
  }

  private enum Disconnect {
    BEFORE_THE_REQUEST,
    WITHIN_THE_REQUEST,
    BEFORE_THE_ANSWER,
    AFTER_THE_ANSWER,
    BEFORE_THE_STREAM,
    WITHIN_THE_STREAM,
    BY_HALF_CLOSE
  }

  private static void connectAndDisconnect(
      InetSocketAddress address, Disconnect disconnect, boolean reset) throws IOException {
    try (RawClient client = new RawClient(address)) {
      switch (disconnect) {
        case BEFORE_THE_REQUEST -> {}
        case WITHIN_THE_REQUEST -> client.send("GET /ticker HT");
        case BEFORE_THE_ANSWER -> client.send(PAGE);
        case AFTER_THE_ANSWER -> client.send(PAGE).readThrough("a page");
        case BEFORE_THE_STREAM -> client.send(STREAM);
        case WITHIN_THE_STREAM -> client.send(STREAM).readThrough(":\n\n");
        case BY_HALF_CLOSE -> {
          client.send(STREAM).socket.shutdownOutput();
          client.readToEnd();
        }
      }
      if (reset) {
        client.socket.setSoLinger(true, 0);
      }
    }
  }

  /** Returns a client whose stream has begun. */
  private static RawClient stream(InetSocketAddress address) throws IOException {
    return new RawClient(address).send(STREAM).awaitStream();
  }
}
