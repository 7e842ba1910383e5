package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client that exceeds a limit is refused or cut; the others go on. */
class LimitsIT {
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration ENOUGH_FOR_A_HANDSHAKE = Duration.ofSeconds(2);
  private static final String STREAM =
      "GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n";

  /** For the same stream, from a client that understands a status. */
  private static final String PLAIN_STREAM = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";

  private static final String PAGE = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";

  private static final String PREFLIGHT =
      String.join(
          "\r\n",
          "OPTIONS /events HTTP/1.1",
          "Host: a",
          "Origin: https://b",
          "Access-Control-Request-Method: GET",
          "",
          "");

  private final SelfSigned certificate = new SelfSigned();

  private final Broker broker = Broker.open();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
    broker.close();
    assertEquals(0, broker.clientCount());
  }

  @Test
  void streamsBeyondTheLimitAreRefusedAndTheOthersGoOn() throws Exception {
    SseServer server = start(Limits.builder().streams(2).build());
    RawClient first = stream(server);
    RawClient second = stream(server);

    assertSoftRefusal(client(server));
    assertRefusal("503 Service Unavailable", client(server).send(PLAIN_STREAM));

    broker.publish("ticker", Event.of("for two"));
    first.readThrough("data: for two\n");
    second.readThrough("data: for two\n");

    second.close();
    Condition.await("connections", 1, server.connections()::count);
    RawClient third = stream(server);
    broker.publish("ticker", Event.of("for the third"));
    third.readThrough("data: for the third\n");
    first.readThrough("data: for the third\n");
  }

  /** Health checks, publishers and browsers' preflights are no streams. */
  @Test
  void serverThatHasAllItsStreamsAnswersOtherRequests() throws Exception {
    SseServer server =
        keep(
            SseServer.builder(broker, LimitsIT::decide)
                .port(0)
                .limits(Limits.builder().streams(1).streamsPerAddress(1).build())
                .cors(Cors.anyOrigin())
                .health()
                .metrics()
                .publishing("/topics/")
                .authorizer((request, access, topics) -> Permission.granted(topics))
                .start());
    stream(server);

    RawClient client = client(server);
    for (String request :
        List.of(
            "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
            PAGE,
            "POST /topics/ticker HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
            PREFLIGHT)) {
      String answer = client.send(request).readThrough("\r\n\r\n");
      assertTrue(answer.contains("HTTP/1.1 20"), answer);
    }
  }

  @Test
  void streamsBeyondTheLimitOfAnAddressAreRefusedAndOtherAddressesAreNot() throws Exception {
    SseServer server = start(Limits.builder().streamsPerAddress(1).build());
    RawClient first = stream(server);

    assertSoftRefusal(client(server));
    assertRefusal("429 Too Many Requests", client(server).send(PLAIN_STREAM));

    RawClient elsewhere = from("127.0.0.2", server);
    elsewhere.send(STREAM).awaitStream();
    assertRefusal("429 Too Many Requests", from("127.0.0.2", server).send(PLAIN_STREAM));

    broker.publish("ticker", Event.of("for both"));
    first.readThrough("data: for both\n");
    elsewhere.readThrough("data: for both\n");
  }

  @Test
  void connectionsWithoutAStreamBeyondTheLimitAreRefusedAndStreamsGoOn() throws Exception {
    SseServer server =
        keep(
            SseServer.builder(broker, LimitsIT::decide)
                .port(0)
                .limits(Limits.builder().requestConnections(1).build())
                .health()
                .start());
    RawClient stream = stream(server);
    RawClient idle = client(server).send(PAGE);
    idle.readThrough("a page");

    assertRefusal("503 Service Unavailable", client(server).send(PAGE));
    assertSoftRefusal(client(server));
    String health = client(server).send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").readToEnd();
    assertTrue(health.startsWith("HTTP/1.1 200 OK\r\n"), health);

    idle.send(PAGE).readThrough("a page");
    assertGoesOn(stream);
  }

  @Test
  void manyRefusedConnectionsDoNotKeepOutAnAllowedOne() throws Exception {
    SseServer server = start(Limits.builder().streams(1).requestConnections(1).build());
    RawClient first = stream(server);
    for (int i = 0; i < 1000; i++) {
      client(server);
    }
    broker.publish("ticker", Event.of("alone"));
    first.readThrough("data: alone\n");
    for (AutoCloseable one : opened.subList(1, opened.size())) {
      one.close();
    }
    Condition.await("connections", 0, server.connections()::count);
    stream(server);
  }

  /**
   * More than two seconds' share connect, so a whole second passes between the first and the last.
   */
  @Test
  void connectionsBeyondTheRateWaitAndAreAllServed() throws Exception {
    SseServer server = start(Limits.builder().acceptsPerSecond(20).build());
    RawClient first = stream(server);
    List<RawClient> herd = new ArrayList<>();
    long begin = System.nanoTime();
    for (int i = 0; i < 50; i++) {
      herd.add(client(server).send(STREAM));
    }
    broker.publish("ticker", Event.of("while others wait"));
    first.readThrough("data: while others wait\n");
    for (RawClient client : herd) {
      // The first chunk may contain that event as well.
      client.readThrough("\n:\n\n");
    }
    assertTrue(System.nanoTime() - begin >= Duration.ofSeconds(1).toNanos(), "too fast");
    assertEquals(51, broker.publish("ticker", Event.of("for all")).queued());
  }

  @Test
  void silentClientIsClosedWithoutAnAnswer() throws Exception {
    SseServer server = start(Limits.builder().firstByte(SHORT).build());
    RawClient good = stream(server);
    assertEquals("", client(server).readToEnd());
    assertGoesOn(good);
  }

  @Test
  void slowHeadIsCut() throws Exception {
    SseServer server = start(Limits.builder().head(SHORT).build());
    RawClient good = stream(server);
    String head = "GET /page HTTP/1.1\r\nHost: a\r\nX: ";
    String answer = drip(client(server).send(head));
    assertTrue(answer.startsWith("HTTP/1.1 408 Request Timeout\r\n"), answer);
    assertTrue(answer.contains("\r\nConnection: close\r\n"), answer);
    assertGoesOn(good);
  }

  @Test
  void incompleteHeadIsCut() throws Exception {
    SseServer server = start(Limits.builder().head(SHORT).build());
    String answer = client(server).send("GET /page HT").readToEnd();
    assertTrue(answer.startsWith("HTTP/1.1 408 Request Timeout\r\n"), answer);
  }

  @Test
  void slowHeadOfTheNextRequestIsCut() throws Exception {
    SseServer server = start(Limits.builder().head(SHORT).build());
    RawClient client = client(server).send(PAGE);
    client.readThrough("a page");
    String answer = drip(client.send("GET /"));
    assertTrue(answer.startsWith("HTTP/1.1 408 Request Timeout\r\n"), answer);
  }

  @Test
  void slowBodyIsCut() throws Exception {
    SseServer server = start(Limits.builder().body(SHORT).build());
    String head = "GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
    String answer = drip(client(server).send(head));
    assertTrue(answer.startsWith("HTTP/1.1 408 Request Timeout\r\n"), answer);
  }

  @Test
  void unreadAnswerIsCut() throws Exception {
    SseServer server = start(Limits.builder().body(SHORT).build());
    RawClient good = stream(server);
    client(server).send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
    Condition.await("connections", 1, server.connections()::count);
    assertEquals(Set.of(), server.watch().timeLimits(), "a stream has no time limit");
    assertGoesOn(good);
  }

  @Test
  void idleConnectionIsClosedWithoutAnAnswer() throws Exception {
    SseServer server = start(Limits.builder().idle(SHORT).build());
    RawClient client = client(server).send(PAGE);
    client.readThrough("a page");
    client.send(PAGE).readThrough("a page");
    assertEquals("", client.readToEnd());
  }

  @Test
  void streamIsNeverIdle() throws Exception {
    SseServer server =
        start(Limits.builder().idle(SHORT).firstByte(SHORT).head(SHORT).body(SHORT).build());
    RawClient good = stream(server);
    for (int i = 0; i < 3; i++) {
      assertEquals("", client(server).readToEnd());
      assertGoesOn(good);
    }
  }

  @Test
  void silentOrSlowHandshakeIsCut() throws Exception {
    SseServer server = startTls(Limits.builder().firstByte(ENOUGH_FOR_A_HANDSHAKE).build());
    RawClient good = secured(client(server));
    good.send(STREAM).awaitStream();

    RawClient silent = client(server);
    // The beginning of a record with a client hello of 512 bytes.
    RawClient dripping = client(server).send("\u0016\u0003\u0001\u0002\u0000");
    assertEnds(() -> drip(dripping));
    assertEnds(silent::readToEnd);
    Condition.await("connections", 1, server.connections()::count);
    assertGoesOn(good);
  }

  @Test
  void overdueConnectionIsCutWhileTheLockOfTheConnectionsIsHeld() throws Exception {
    SseServer server = startTls(Limits.builder().firstByte(SHORT).build());
    RawClient silent = client(server);
    Condition.await("connections", 1, server.connections()::count);

    InetAddress address = silent.socket.getLocalAddress();
    assertThrows(
        CutInTime.class,
        () ->
            server
                .connections()
                .add(
                    address,
                    refusal -> {
                      throw whenEnded(silent);
                    }));
  }

  private static CutInTime whenEnded(RawClient client) {
    try {
      assertEnds(client::readToEnd);
      return new CutInTime();
    } catch (Exception e) {
      throw new AssertionError("the overdue connection is not cut", e);
    }
  }

  private static final class CutInTime extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A TLS layer delivers no part of a record, and reads the socket for each byte of it. */
  @Test
  void slowTlsRecordIsCut() throws Exception {
    SseServer server = startTls(Limits.builder().head(SHORT).idle(SHORT).body(SHORT).build());
    RawClient good = secured(client(server));
    good.send(STREAM).awaitStream();

    for (String begun :
        List.of("", "GET /", "GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")) {
      RawClient transport = client(server);
      RawClient client = secured(transport);
      client.send(PAGE).readThrough("a page");
      client.send(begun);
      // The beginning of a record of 8 KiB.
      transport.send("\u0017\u0003\u0003 \u0000");
      assertEnds(() -> drip(transport));
    }
    Condition.await("connections", 1, server.connections()::count);
    assertGoesOn(good);
  }

  private static Decision decide(Request request) {
    return switch (request.path()) {
      case "/events" -> Decision.stream("ticker");
      case "/page" -> Decision.answer("text/plain", "a page");
      case "/long" -> Decision.answer("text/plain", "x".repeat(32 << 20));
      default -> Decision.refuse(404);
    };
  }

  private SseServer start(Limits limits) throws IOException {
    return keep(SseServer.builder(broker, LimitsIT::decide).port(0).limits(limits).start());
  }

  private SseServer startTls(Limits limits) throws IOException {
    return keep(
        SseServer.builder(broker, LimitsIT::decide)
            .port(0)
            .limits(limits)
            .tls(certificate.ofServer())
            .start());
  }

  /** Returns the same connection after its handshake. */
  private RawClient secured(RawClient transport) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            certificate
                .ofClients()
                .createSocket(transport.socket, "localhost", transport.socket.getPort(), true);
    socket.startHandshake();
    return keep(new RawClient(socket));
  }

  private RawClient client(SseServer server) throws IOException {
    return keep(new RawClient(server));
  }

  private RawClient from(String address, SseServer server) throws IOException {
    InetAddress local = InetAddress.getByName(address);
    return keep(new RawClient(new Socket(server.address().getAddress(), server.port(), local, 0)));
  }

  private RawClient stream(SseServer server) throws IOException {
    return client(server).send(STREAM).awaitStream();
  }

  private <T extends AutoCloseable> T keep(T one) {
    opened.add(one);
    return one;
  }

  /** A browser's EventSource stops for good at any status but 200 (HTML §9.2.3). */
  private static void assertSoftRefusal(RawClient client) throws IOException {
    String answer = client.send(STREAM).readToEnd();
    assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
    assertTrue(answer.contains("\r\nContent-Type: text/event-stream\r\n"), answer);
    assertTrue(answer.matches("(?s).*\r\n\r\nretry: \\d+\n\n"), answer);
  }

  private static void assertRefusal(String status, RawClient client) throws IOException {
    String answer = client.readToEnd();
    assertTrue(answer.startsWith("HTTP/1.1 " + status + "\r\n"), answer);
    assertTrue(answer.matches("(?s).*\r\nRetry-After: \\d+\r\n.*"), answer);
    assertTrue(answer.contains("\r\nConnection: close\r\n"), answer);
  }

  private void assertGoesOn(RawClient good) throws IOException {
    String id = broker.publish("ticker", Event.of("still there")).id();
    good.readThrough("id: " + id + "\n");
  }

  private static void assertEnds(Callable<String> reading) throws Exception {
    try {
      assertEquals("", reading.call());
    } catch (SocketException e) {
      // A reset is an end as well.
    }
  }

  /** Sends a byte whenever the server has been silent for a while, until it sends something. */
  private static String drip(RawClient client) throws IOException {
    client.socket.setSoTimeout(20);
    for (int i = 0; i < 1000; i++) {
      try {
        client.send("x");
        return client.readOnce();
      } catch (SocketTimeoutException e) {
        // The time is not over yet.
      }
    }
    throw new AssertionError("the server reads without a limit");
  }
}
