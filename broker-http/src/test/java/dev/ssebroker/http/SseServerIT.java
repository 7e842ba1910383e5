package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Overflow;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Socket;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SseServerIT {
  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

  /** More characters than the sockets' buffers hold. */
  private static final int LONG = 32 << 20;

  private final ClientLog clients = new ClientLog();
  private final Broker broker =
      Broker.builder()
          .historyEvents(0)
          .overflow(Overflow.DISCONNECT)
          .queueBytes(1 << 30)
          .listener(clients)
          .open();
  private final SseServer server;

  SseServerIT() throws IOException {
    server = SseServer.builder(broker, SseServerIT::decide).port(0).start();
  }

  private static Decision decide(Request request) {
    return switch (request.path()) {
      case "/events" -> Decision.stream("ticker");
      case "/page" -> Decision.answer("text/html;charset=utf-8", "<p>grüß dich");
      case "/broken" -> throw new IllegalStateException("a test's handler");
      case "/nothing" -> nothing();
      case "/long" -> Decision.answer("text/plain", "x".repeat(LONG));
      case "/kept" -> Decision.answer("text/css", "").with("cache-control", "max-age=9");
      case "/no-topic" -> Decision.stream("//");
      case "/broken-settings" ->
          Decision.stream("ticker").with(client -> client.heartbeat(FOREVER));
      default -> Decision.refuse(404);
    };
  }

  /** Returns null, as a handler with a forgotten case may. */
  @SuppressWarnings("NullAway")
  private static Decision nothing() {
    return null;
  }

  @BeforeEach
  void serverListens() {
    assertTrue(server.port() > 0);
  }

  @AfterEach
  void closeAndCheck() {
    server.close();
    broker.close();
    assertEquals(0, broker.clientCount());
  }

  @Test
  void streamStartsAtOnceWithOneWriteOfHeadAndComment() throws Exception {
    try (RawClient client = new RawClient(server).get("/events")) {
      String head = client.readThrough("\r\n\r\n").replaceFirst("Date: [^\r]+", "Date: now");
      assertEquals(
          """
          HTTP/1.1 200 OK
          Date: now
          Connection: close
          Content-Type: text/event-stream
          Cache-Control: no-cache, no-store, no-transform
          X-Accel-Buffering: no
          Vary: Accept-Encoding
          Transfer-Encoding: chunked

          """
              .replace("\n", "\r\n"),
          head);
      assertTrue(client.readOnce().matches("10\r\nretry: [234]\\d{3}\n\n:\n\n\r\n"));
    }
  }

  @Test
  void eventIsOneChunk() throws Exception {
    try (RawClient client = stream()) {
      broker.publish("ticker", Event.of("tick", "a\nb"));
      assertEquals("1d\r\nevent: tick\ndata: a\ndata: b\n\n\r\n", client.readOnce());
    }
  }

  /**
   * RFC 9112 §7.1: an HTTP/1.0 client does not understand chunks. The end of the connection ends
   * the body.
   */
  @Test
  void streamOfAnHttp10ClientEndsWithItsConnection() throws Exception {
    try (RawClient client = new RawClient(server).send("GET /events HTTP/1.0\r\n\r\n")) {
      assertFalse(client.readThrough("\r\n\r\n").contains("Transfer-Encoding"));
      assertTrue(client.readThrough(":\n\n").matches("retry: \\d+\n\n:\n\n"));
      broker.publish("ticker", Event.of("x"));
      broker.close();
      assertEquals("data: x\n\n", client.readToEnd());
    }
  }

  @Test
  void clientThatHasSeenTheHeadMissesNothing() throws Exception {
    for (int i = 0; i < 200; i++) {
      try (RawClient client = new RawClient(server).get("/events")) {
        client.readThrough("\r\n\r\n");
        broker.publish("ticker", Event.of("first"));
        client.readThrough("data: first\n\n\r\n");
      }
    }
  }

  @Test
  void disconnectIsNoticedThoughNothingIsPublished() throws Exception {
    RawClient client = stream();
    clients.assertNext("added, 1");
    client.close();
    clients.assertNext("DISCONNECTED, 0");
  }

  @Test
  void clientThatClosesItsSideIsDisconnected() throws Exception {
    try (RawClient client = stream()) {
      client.socket.shutdownOutput();
      clients.assertNext("added, 1");
      clients.assertNext("DISCONNECTED, 0");
      assertEquals("", client.readToEnd());
    }
  }

  @Test
  void resetIsNoticed() throws Exception {
    RawClient client = stream();
    clients.assertNext("added, 1");
    client.socket.setSoLinger(true, 0);
    client.close();
    clients.assertNext("DISCONNECTED, 0");
  }

  @Test
  void unsolicitedBytesAreIgnored() throws Exception {
    try (RawClient client = stream()) {
      client.send("x".repeat(50_000));
      broker.publish("ticker", Event.of("x"));
      assertEquals("9\r\ndata: x\n\n\r\n", client.readOnce());
    }
  }

  @Test
  void clientThatSendsTooManyUnsolicitedBytesIsDisconnected() throws Exception {
    try (RawClient client = stream()) {
      clients.assertNext("added, 1");
      client.send("x".repeat(70_000));
      clients.assertNext("DISCONNECTED, 0");
    }
  }

  @Test
  void clientThatDoesNotReadIsEndedAndDelaysNobody() throws Exception {
    String kilobytes = "x".repeat(64 * 1024);
    try (RawClient stalled = stream();
        RawClient good = stream()) {
      clients.assertNext("added, 1");
      clients.assertNext("added, 2");
      // More than the socket buffers and the queue of the stalled client can hold.
      for (int i = 0; i < 1500; i++) {
        broker.publish("ticker", Event.of(i + kilobytes));
        good.readThrough("data: " + i);
        good.readThrough("\n\n\r\n");
      }
      clients.assertNext("TOO_SLOW, 1");
      assertFalse(stalled.readToEnd().endsWith("0\r\n\r\n"));
    }
    clients.assertNext("DISCONNECTED, 0");
  }

  @Test
  void closingServerEndsItsStreams() throws Exception {
    try (RawClient client = stream()) {
      broker.publish("ticker", Event.of("last"));
      assertTrue(server.close(Duration.ofSeconds(10)));
      assertEquals("c\r\ndata: last\n\n\r\n0\r\n\r\n", client.readToEnd());
    }
    clients.assertNext("added, 1");
    clients.assertNext("UNSUBSCRIBED, 0");
    assertThrows(ConnectException.class, () -> new RawClient(server).close());
  }

  @Test
  void closingBrokerEndsTheStreams() throws Exception {
    try (RawClient client = stream()) {
      assertTrue(broker.close(Duration.ofSeconds(10)));
      assertEquals("0\r\n\r\n", client.readToEnd());
    }
    try (RawClient late = new RawClient(server).get("/events")) {
      assertTrue(late.readToEnd().startsWith("HTTP/1.1 503 Service Unavailable\r\n"));
    }
  }

  @Test
  void closingServerCutsAClientThatDoesNotRead() throws Exception {
    try (RawClient stalled = stream()) {
      for (int i = 0; i < 1000; i++) {
        broker.publish("ticker", Event.of("x".repeat(64 * 1024)));
      }
      assertFalse(server.close(Duration.ofMillis(100)));
      clients.assertNext("added, 1");
      clients.assertNext("UNSUBSCRIBED, 0");
      assertFalse(stalled.readToEnd().endsWith("0\r\n\r\n"));
    }
  }

  @Test
  void closingServerDoesNotWaitForASilentClient() throws Exception {
    try (RawClient silent = new RawClient(server);
        RawClient answered = new RawClient(server).get("/page")) {
      answered.readToEnd();
      assertTrue(server.close(Duration.ofSeconds(10)));
      assertEquals("", silent.readToEnd());
    }
  }

  /** The answer says that the connection stays open, because it began before the server closed. */
  @Test
  void closingServerDoesNotWaitForTheNextRequestOfAClient() throws Exception {
    try (RawClient client = new RawClient(server)) {
      client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n").readThrough("\r\n\r\n");
      CompletableFuture<Boolean> closed =
          CompletableFuture.supplyAsync(() -> server.close(Duration.ofMinutes(10)));
      Condition.await("closing", true, server.connections()::isClosing);
      assertEquals(LONG, client.readToEnd().length());
      assertTrue(closed.get(10, TimeUnit.SECONDS));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /page HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n       | 200 OK                 | <p>grüß dich",
        "GET /nowhere HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n    | 404 Not Found          | '404 Not Found\n'",
        "GET /broken HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n     | 500 Internal Server Error | '500 Internal Server Error\n'",
        "GET /nothing HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n    | 500 Internal Server Error | '500 Internal Server Error\n'",
        "GET /no-topic HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n   | 400 Bad Request | '400 a topic is invalid; allowed are segments of visible characters with single slashes between them, 255 characters in all\n'",
        "GET /broken-settings HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n   | 500 Internal Server Error | '500 Internal Server Error\n'",
        "POST /events HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 3\\r\\n\\r\\nabc | 405 Method Not Allowed | '405 allowed here: GET, HEAD, OPTIONS\n'",
        "GET / HTTP/1.1\\r\\n\\r\\n                        | 400 Bad Request        | '400 the Host field is missing\n'",
        "HEAD /page HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n      | 200 OK                 | ''",
        "HEAD /events HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n    | 200 OK                 | ''",
        "HEAD /no-topic HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n  | 400 Bad Request        | ''",
        "HEAD /broken-settings HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n | 500 Internal Server Error | ''",
      })
  void requestIsAnsweredOnce(String request, String status, String body) throws Exception {
    try (RawClient client = new RawClient(server).send(request.translateEscapes())) {
      client.socket.shutdownOutput();
      String answer = client.readToEnd();
      assertTrue(answer.startsWith("HTTP/1.1 " + status + "\r\n"), answer);
      assertEquals(body, answer.substring(answer.indexOf("\r\n\r\n") + 4));
    }
    assertEquals(0, broker.clientCount());
  }

  @Test
  void answerMayBeCachedIfItSaysSo() throws Exception {
    try (RawClient client = new RawClient(server).get("/kept")) {
      String answer = client.readToEnd();
      assertTrue(answer.contains("\r\ncache-control: max-age=9\r\n"), answer);
      assertFalse(answer.contains("no-store"), answer);
    }
  }

  @Test
  void answerHasItsLengthAndType() throws Exception {
    try (RawClient client = new RawClient(server).get("/page")) {
      String head = client.readThrough("\r\n\r\n");
      assertTrue(head.contains("\r\nContent-Type: text/html;charset=utf-8\r\n"), head);
      assertTrue(head.contains("\r\nContent-Length: 14\r\n"), head);
      assertFalse(head.contains("Access-Control"), head);
    }
  }

  @Test
  void refusalOfAMethodListsTheAllowedOnes() throws Exception {
    try (RawClient client = new RawClient(server).send("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n")) {
      assertTrue(client.readThrough("\r\n\r\n").contains("\r\nAllow: GET, HEAD, OPTIONS\r\n"));
    }
  }

  /** RFC 9112 §9.6: closing with unread bytes would reset the connection and lose the answer. */
  @Test
  void answerSurvivesAnUnreadBody() throws Exception {
    for (int i = 0; i < 20; i++) {
      try (RawClient client = new RawClient(server)) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
        client.send("x".repeat(200_000));
        client.socket.shutdownOutput();
        assertTrue(client.readToEnd().startsWith("HTTP/1.1 405 "));
      }
    }
  }

  @Test
  void requestMayArriveByteByByte() throws Exception {
    try (RawClient client = new RawClient(server)) {
      for (char c : "GET /page HTTP/1.1\r\nHost: a\r\n\r\n".toCharArray()) {
        client.send(String.valueOf(c));
      }
      client.socket.shutdownOutput();
      assertTrue(client.readToEnd().endsWith("<p>grüß dich"));
    }
  }

  @Test
  void anyOriginIsAllowedOnStreamsAndAnswers() throws Exception {
    try (SseServer open =
        SseServer.builder(broker, SseServerIT::decide).port(0).cors(Cors.anyOrigin()).start()) {
      for (String path : new String[] {"/events", "/page", "/nowhere"}) {
        try (RawClient client = new RawClient(open).get(path)) {
          String head = client.readThrough("\r\n\r\n");
          assertTrue(head.contains("\r\nAccess-Control-Allow-Origin: *\r\n"), head);
        }
      }
    }
  }

  /** A thread that is still in accept would keep the port. */
  @Test
  void portOfAClosedServerIsFree() throws Exception {
    int port = 0;
    for (int i = 0; i < 100; i++) {
      try (SseServer next = SseServer.builder(broker, SseServerIT::decide).port(port).start()) {
        port = next.port();
        try (RawClient client = new RawClient(next).get("/page")) {
          client.readToEnd();
        }
      }
    }
  }

  @Test
  void closeAcceptsTheLongestDuration() {
    assertTrue(server.close(FOREVER));
  }

  @Test
  void portInUseIsAnError() {
    SseServer.Builder second = SseServer.builder(broker, SseServerIT::decide).port(server.port());
    assertThrows(BindException.class, second::start);
  }

  @Test
  void settingsOutOfBoundsAreRefused() {
    SseServer.Builder builder = SseServer.builder(broker, SseServerIT::decide);
    String ports = "; allowed is from 0 to 65535";
    assertRefused("port is -1" + ports, () -> builder.port(-1));
    assertRefused("port is 65536" + ports, () -> builder.port(65_536));
    for (Duration retry : List.of(Duration.ofMillis(99), Duration.ofMinutes(61), FOREVER)) {
      assertRefused(
          "retry is " + retry + "; allowed is from 100 milliseconds to one hour",
          () -> builder.retry(retry));
    }
    for (String prefix : List.of("", "topics", "/topics", "topics/", "/a b/", "/a%20/", "/*/")) {
      assertRefused(
          "prefix is '" + prefix + "'; allowed are visible ASCII characters between two slashes",
          () -> builder.publishing(prefix));
    }
    assertRefused(
        "drain is PT-0.001S; allowed is 0 or more", () -> server.close(Duration.ofMillis(-1)));
  }

  private static void assertRefused(String message, Executable setting) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, setting).getMessage());
  }

  @Test
  void publishingNeedsAnAuthorizer() {
    SseServer.Builder builder = SseServer.builder(broker, SseServerIT::decide).port(0);
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> builder.publishing("/topics/").start());
    assertEquals(
        "publishing needs an authorizer; Authorizer.bearer(token, Access.PUBLISH) is one",
        e.getMessage());
  }

  /** Everything else must be enabled; see docs/security.md. */
  @Test
  void serverHasOnlyStreamsAndListensOnlyLocallyByDefault() throws Exception {
    assertTrue(server.address().getAddress().isLoopbackAddress(), server.address().toString());
    for (String path : List.of("/healthz", "/readyz", "/metrics")) {
      try (RawClient client = new RawClient(server).get(path)) {
        assertTrue(client.readToEnd().startsWith("HTTP/1.1 404 "), path);
      }
    }
  }

  /**
   * The body, the head and the log repeat none of it, and no browser renders the body as a page.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "404 | GET /<b>?<b> HTTP/1.1\\r\\nHost: a\\r\\nX: <b>\\r\\n\\r\\n",
        "405 | DELETE /<b> HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "405 | TRACE / HTTP/1.1\\r\\nHost: a\\r\\nCookie: <b>\\r\\n\\r\\n",
        "405 | POST /events HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 3\\r\\n\\r\\n<b>",
        "400 | <b> / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | GET / <b>\\r\\nHost: a\\r\\n\\r\\n",
        "400 | GET / HTTP/1.1\\r\\nHost: <b>\\r\\n\\r\\n",
        "400 | GET / HTTP/1.1\\r\\n<b>: a\\r\\n\\r\\n",
        "400 | GET http://<b>/ HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | GET / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: <b>\\r\\n\\r\\n",
        "417 | GET / HTTP/1.1\\r\\nHost: a\\r\\nExpect: <b>\\r\\n\\r\\n",
        "500 | GET /broken?<b> HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
      })
  void refusalRepeatsNothingOfTheRequest(int status, String request) throws Exception {
    try (RawClient client = new RawClient(server).send(request.translateEscapes())) {
      client.socket.shutdownOutput();
      String answer = client.readToEnd();
      assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
      assertFalse(answer.contains("<b>"), answer);
      assertTrue(answer.contains("\r\nContent-Type: text/plain;charset=utf-8\r\n"), answer);
      assertTrue(answer.contains("\r\nX-Content-Type-Options: nosniff\r\n"), answer);
    }
  }

  @Test
  void pathIsLoggedOnOneLineAsItWasSent() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.add(line.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger log = Logger.getLogger(SseServer.LOG.getName());
    log.addHandler(handler);
    log.setUseParentHandlers(false);
    StreamHandler broken =
        request -> {
          throw new IllegalStateException("a test's handler");
        };
    try (SseServer failing = SseServer.builder(broker, broken).port(0).start();
        RawClient client = new RawClient(failing).get("/a%0d%0aforged%1b[2J?secret=1")) {
      assertTrue(client.readToEnd().startsWith("HTTP/1.1 500 "));
      assertEquals("The handler failed for /a%0d%0aforged%1b[2J", lines.poll(10, TimeUnit.SECONDS));
    } finally {
      log.removeHandler(handler);
      log.setUseParentHandlers(true);
    }
  }

  @Test
  void thousandShortConnectionsLeakNothing() throws Exception {
    for (int i = 0; i < 1000; i++) {
      new Socket(server.address().getAddress(), server.port()).close();
      RawClient client = new RawClient(server).get("/events");
      client.readThrough("\r\n\r\n");
      client.close();
      clients.assertNext("added, 1");
      clients.assertNext("DISCONNECTED, 0");
    }
  }

  /** Returns a client whose stream has begun. */
  private RawClient stream() throws IOException {
    return new RawClient(server).get("/events").awaitStream();
  }
}
