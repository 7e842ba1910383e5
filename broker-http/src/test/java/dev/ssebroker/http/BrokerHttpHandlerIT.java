package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.ssebroker.Broker;
import dev.ssebroker.BrokerListener;
import dev.ssebroker.Event;
import dev.ssebroker.Subscription;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A broker in the JDK's server, with OkHttp as its client. */
@Timeout(60)
class BrokerHttpHandlerIT {
  private static final byte[] ALL_BYTES = new byte[256];

  static {
    for (int i = 0; i < ALL_BYTES.length; i++) {
      ALL_BYTES[i] = (byte) i;
    }
  }

  private final ClientLog clients = new ClientLog();
  private final Broker broker =
      Broker.builder()
          .listener(clients)
          .heartbeat(Duration.ofMillis(100))
          .writeDeadline(Duration.ofMillis(500))
          .open();
  private final HttpServer server;

  /** One thread, which no stream may occupy. */
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());

  private final OkHttpClient http =
      new OkHttpClient.Builder().readTimeout(Duration.ofSeconds(10)).build();

  BrokerHttpHandlerIT() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", BrokerHttpHandler.of(broker, BrokerHttpHandlerIT::decide));
    server.setExecutor(executor);
    server.start();
  }

  private static Decision decide(Request request) {
    return switch (request.path()) {
      case "/a%20path" -> Decision.answer("text/plain", request.toString());
      case "/field" -> Decision.answer("text/plain", request.headers().first("X").orElse("none"));
      case "/empty" -> Decision.answer("text/plain", "").with("X-Extra", "yes");
      case "/bytes" ->
          Decision.answer("image/png", ALL_BYTES)
              .with("Cache-Control", "max-age=9")
              .withAdded("Set-Cookie", "a=1")
              .withAdded("Set-Cookie", "b=2");
      case "/204" -> Decision.answer(204);
      case "/short" -> Decision.stream("short").onOpen(Subscription::close);
      case "/broken" -> throw new IllegalStateException("a test's handler");
      case "/nothing" -> nothing();
      case "/no-topic" -> Decision.stream("//");
      case "/quiet" ->
          Decision.stream("news").with(client -> client.heartbeat(Duration.ofHours(1)));
      default -> Decision.stream("news");
    };
  }

  /** Returns null, as a handler with a forgotten case may. */
  @SuppressWarnings("NullAway")
  private static Decision nothing() {
    return null;
  }

  @AfterEach
  void close() {
    http.dispatcher().cancelAll();
    http.dispatcher().executorService().shutdown();
    broker.close();
    server.stop(0);
    executor.shutdown();
  }

  @Test
  void handlerSeesTheCertificateOfAClient() throws Exception {
    HeldCertificate held =
        new HeldCertificate.Builder()
            .commonName("both")
            .addSubjectAlternativeName("localhost")
            .build();
    HandshakeCertificates both =
        new HandshakeCertificates.Builder()
            .heldCertificate(held)
            .addTrustedCertificate(held.certificate())
            .build();
    HttpsServer secured =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    secured.setHttpsConfigurator(
        new HttpsConfigurator(both.sslContext()) {
          @Override
          public void configure(HttpsParameters connection) {
            SSLParameters parameters = getSSLContext().getDefaultSSLParameters();
            parameters.setWantClientAuth(true);
            connection.setSSLParameters(parameters);
          }
        });
    secured.createContext(
        "/",
        BrokerHttpHandler.of(
            broker,
            request ->
                Decision.answer(
                    "text/plain",
                    request
                        .clientCertificate()
                        .map(certificate -> certificate.getSubjectX500Principal().getName())
                        .orElse("nobody"))));
    secured.setExecutor(executor);
    secured.start();
    HandshakeCertificates trusting =
        new HandshakeCertificates.Builder().addTrustedCertificate(held.certificate()).build();
    try {
      assertEquals("CN=both", get(secured, both));
      assertEquals("nobody", get(secured, trusting));
    } finally {
      secured.stop(0);
    }
  }

  private String get(HttpsServer secured, HandshakeCertificates certificates) throws IOException {
    OkHttpClient client =
        http.newBuilder()
            .sslSocketFactory(certificates.sslSocketFactory(), certificates.trustManager())
            .connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS))
            .build();
    okhttp3.Request request =
        new okhttp3.Request.Builder()
            .url("https://localhost:" + secured.getAddress().getPort() + "/")
            .header("Connection", "close")
            .build();
    try (Response response = client.newCall(request).execute()) {
      return response.body().string();
    }
  }

  @Test
  void everyClientReceivesEventsInOrderFromAServerWithOneThread() throws Exception {
    EventRecorder first = open("/events", "");
    first.assertNext("open 200 text/event-stream");
    EventRecorder second = open("/events", "");
    second.assertNext("open 200 text/event-stream");
    for (int i = 0; i < 1000; i++) {
      broker.publish("news", Event.of("tick", "event " + i));
    }
    String large = "x".repeat(100_000);
    broker.publish("news", Event.of(large));
    for (EventRecorder client : new EventRecorder[] {first, second}) {
      for (int i = 0; i < 1000; i++) {
        client.assertNext("tick: event " + i);
      }
      client.assertNext("null: " + large);
      client.assertNothingLeft();
    }
  }

  @Test
  void responseHeadIsThatOfAStream() throws Exception {
    try (Response response = call("GET", "/events")) {
      assertEquals("text/event-stream", response.header("Content-Type"));
      assertEquals("no-cache, no-store, no-transform", response.header("Cache-Control"));
      assertEquals("no", response.header("X-Accel-Buffering"));
      assertEquals("close", response.header("Connection"));
      assertNull(response.header("Content-Length"));
      assertTrue(response.body().source().readUtf8LineStrict().matches("retry: [2-4][0-9]{3}"));
    }
  }

  @Test
  void clientThatReconnectsWithItsLastIdMissesNothing() throws Exception {
    String id = broker.publish("news", Event.of("first")).id();
    String later = broker.publish("news", Event.of("second")).id();
    broker.publish("news", Event.of("third"));
    EventRecorder byField = open("/events", id);
    EventRecorder byQuery = open("/events?lastEventId=" + id, "");
    EventRecorder byBoth = open("/events?lastEventId=" + id, later);
    for (EventRecorder client : new EventRecorder[] {byField, byQuery, byBoth}) {
      client.assertNext("open 200 text/event-stream");
    }
    broker.publish("news", Event.of("live"));
    byField.assertNext("null: second");
    byQuery.assertNext("null: second");
    for (EventRecorder client : new EventRecorder[] {byField, byQuery, byBoth}) {
      client.assertNext("null: third");
      client.assertNext("null: live");
      client.assertNothingLeft();
    }
  }

  @Test
  void closedBrokerEndsTheStream() throws Exception {
    EventRecorder client = open("/events", "");
    client.assertNext("open 200 text/event-stream");
    broker.publish("news", Event.of("last"));
    assertTrue(broker.close(Duration.ofSeconds(10)));
    client.assertNext("null: last");
    client.assertNext("closed");
    client.assertNothingLeft();
  }

  @Test
  void disconnectIsNoticedByAHeartbeat() throws Exception {
    EventRecorder client = open("/events", "");
    client.assertNext("open 200 text/event-stream");
    clients.assertNext("added, 1");
    client.disconnect();
    clients.assertNext("DISCONNECTED, 0");
  }

  @Test
  void disconnectIsNoticedByEvents() throws Exception {
    EventRecorder client = open("/quiet", "");
    client.assertNext("open 200 text/event-stream");
    clients.assertNext("added, 1");
    client.disconnect();
    client.assertNext("failed 200");
    while (broker.clientCount() > 0) {
      broker.publish("news", Event.of("is anybody there?"));
    }
    clients.assertNext("DISCONNECTED, 0");
  }

  @Test
  void clientThatDoesNotReadIsCut() throws Exception {
    try (RawClient client = new RawClient(server.getAddress())) {
      client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
      clients.assertNext("added, 1");
      String large = "x".repeat(1024 * 1024);
      for (int i = 0; i < 32; i++) {
        broker.publish("news", Event.of(large));
      }
      clients.assertNext("WRITE_TIMED_OUT, 0");
      assertFalse(readToEnd(client).endsWith("\r\n0\r\n\r\n"));
    }
  }

  @Test
  void streamThatIsCutHasNoLastChunk() throws Exception {
    BlockingQueue<Subscription> added = new LinkedBlockingQueue<>();
    BrokerListener listener =
        new BrokerListener() {
          @Override
          public void clientAdded(Subscription subscription, int clients) {
            added.add(subscription);
          }
        };
    try (Broker other = Broker.builder().listener(listener).open();
        RawClient client = new RawClient(server.getAddress())) {
      server.createContext(
          "/other", BrokerHttpHandler.of(other, request -> Decision.stream("news")));
      client.send("GET /other HTTP/1.1\r\nHost: x\r\n\r\n").readThrough(":\n\n\r\n");
      added.take().disconnected();
      assertEquals("", readToEnd(client));
    }
  }

  @Test
  void clientOfHttp10GetsNoChunks() throws Exception {
    try (RawClient client = new RawClient(server.getAddress())) {
      client.send("GET /quiet HTTP/1.0\r\n\r\n");
      clients.assertNext("added, 1");
      broker.publish("news", Event.of("a"));
      broker.close();
      String[] parts = readToEnd(client).split("\r\n\r\n", -1);
      assertEquals(2, parts.length);
      assertFalse(parts[0].toLowerCase(Locale.ROOT).contains("chunked"), parts[0]);
      assertTrue(parts[1].matches("retry: \\d+\n\n:\n\ndata: a\nid: \\S+\n\n"), parts[1]);
    }
  }

  @Test
  void headRequestSubscribesNobody() throws Exception {
    try (Response response = call("HEAD", "/events")) {
      assertEquals(200, response.code());
      assertEquals("text/event-stream", response.header("Content-Type"));
      assertEquals("", response.body().string());
    }
    clients.assertNothingLeft();
  }

  @Test
  void otherMethodsAreRefused() throws Exception {
    for (String method : new String[] {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
      try (Response response = call(method, "/events")) {
        assertEquals(405, response.code());
        assertEquals("GET, HEAD", response.header("Allow"));
        assertEquals("405 allowed here: GET, HEAD\n", response.body().string());
      }
    }
    clients.assertNothingLeft();
  }

  @Test
  void handlerReceivesTheRequestAsItWasSent() throws Exception {
    try (Response response = call("GET", "/a%20path?x=%41+b")) {
      assertEquals("text/plain", response.header("Content-Type"));
      assertEquals("no-store", response.header("Cache-Control"));
      String seen = response.body().string();
      assertTrue(
          seen.startsWith(
              "Request[method=GET, path=/a%20path, query=Optional[x=%41+b], version=HTTP/1.1,"),
          seen);
      assertEquals(Integer.toString(seen.length()), response.header("Content-Length"));
    }
  }

  /** As an {@code SseServer} would: the JDK's server is less strict. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400 | GET /k%E4ln | Host: a",
        "400 | GET /?topic=k%F6ln | Host: a",
        "400 | HEAD /k%E4ln | Host: a",
        "400 | GET /?%C0%AF | Host: a",
        "400 | GET /events#a | Host: a",
        "400 | GET http://user@a/events | Host: a",
        "400 | GET /events | X: y",
        "400 | GET /events | Host: a/b",
        "400 | GET /events | Host: a\\r\\nHost: b",
        "400 | GET /events | Host: a\\r\\nX : y",
        "400 | GET /events | Host: a\\r\\nX: a\\1b",
        "400 | GET /events | Host: a\\r\\nX: a\\0b",
        "406 | GET /events | Host: a\\r\\nAccept: application/json",
        "406 | HEAD /events | Host: a\\r\\nAccept: text/event-stream;q=0",
        "200 | HEAD /events | Host: a\\r\\nAccept: text/*;q=.2",
        "500 | HEAD http://a/nothing | Host: a",
      })
  void requestIsCheckedAsByTheOtherServer(int status, String line, String fields) throws Exception {
    try (RawClient client = new RawClient(server.getAddress())) {
      client.send(line + " HTTP/1.1\r\n" + fields.translateEscapes() + "\r\n\r\n");
      String head = client.readThrough("\r\n\r\n");
      assertTrue(head.startsWith("HTTP/1.1 " + status + " "), head);
    }
    clients.assertNothingLeft();
  }

  /** RFC 9110 §5.5. */
  @Test
  void fieldsAreUtf8OrElseLatin1() throws Exception {
    for (String bytes : new String[] {"gr\u00c3\u00bc\u00c3\u009f", "gr\u00fc\u00df"}) {
      try (RawClient client = new RawClient(server.getAddress())) {
        client.send("GET /field HTTP/1.1\r\nHost: a\r\nX:\t" + bytes + " \r\n\r\n");
        client.readThrough("\r\n\r\n");
        assertEquals("grüß", client.readOnce());
      }
    }
  }

  @Test
  void answersHaveTheirFieldsAndTheirLength() throws Exception {
    try (Response response = call("GET", "/empty")) {
      assertEquals(200, response.code());
      assertEquals("yes", response.header("X-Extra"));
      assertEquals("0", response.header("Content-Length"));
    }
    try (Response response = call("HEAD", "/a%20path")) {
      assertEquals("", response.body().string());
      assertTrue(Integer.parseInt(String.valueOf(response.header("Content-Length"))) > 0);
    }
  }

  /** The same as in an {@code SseServer}. */
  @Test
  void answersHaveTheirBytesAndEachValueOfAField() throws Exception {
    try (Response response = call("GET", "/bytes")) {
      assertArrayEquals(ALL_BYTES, response.body().bytes());
      assertEquals(List.of("a=1", "b=2"), response.headers("Set-Cookie"));
      assertEquals(List.of("max-age=9"), response.headers("Cache-Control"));
      assertEquals(List.of("nosniff"), response.headers("X-Content-Type-Options"));
    }
    try (Response response = call("GET", "/204")) {
      assertEquals(204, response.code());
      assertNull(response.header("Content-Type"));
    }
  }

  @Test
  void streamMayEndAsSoonAsItIsOpen() throws Exception {
    EventRecorder client = open("/short", "");
    client.assertNext("open 200 text/event-stream");
    client.assertNext("closed");
    clients.assertNext("added, 1");
    clients.assertNext("UNSUBSCRIBED, 0");
  }

  @Test
  void failureIsAnswered() throws Exception {
    for (String path : new String[] {"/broken", "/nothing"}) {
      try (Response response = call("GET", path)) {
        assertEquals(500, response.code());
        assertEquals("500 Internal Server Error\n", response.body().string());
      }
    }
    try (Response response = call("GET", "/no-topic")) {
      assertEquals(400, response.code());
    }
    clients.assertNothingLeft();
  }

  @Test
  void closedBrokerRefusesSoftly() throws Exception {
    broker.close();
    try (Response response = call("GET", "/events")) {
      assertEquals(503, response.code());
      assertTrue(Integer.parseInt(String.valueOf(response.header("Retry-After"))) > 0);
      assertNull(response.header("X-Accel-Buffering"));
    }
    EventRecorder client = open("/events", "");
    client.assertNext("open 200 text/event-stream");
    client.assertNext("closed");
    client.assertNothingLeft();
  }

  private int port() {
    return server.getAddress().getPort();
  }

  private String url(String path) {
    return "http://localhost:" + port() + path;
  }

  private Response call(String method, String path) throws IOException {
    RequestBody body =
        method.equals("POST") || method.equals("PUT") ? RequestBody.create(new byte[10]) : null;
    return http.newCall(new okhttp3.Request.Builder().url(url(path)).method(method, body).build())
        .execute();
  }

  private EventRecorder open(String path, String lastEventId) {
    return EventRecorder.open(http, url(path), lastEventId);
  }

  /** A connection that is cut before its last chunk is reset. */
  private static String readToEnd(RawClient client) throws IOException {
    StringBuilder text = new StringBuilder();
    try {
      String part = client.readOnce();
      while (!part.isEmpty()) {
        text.append(part);
        part = client.readOnce();
      }
    } catch (SocketException e) {
      // A reset is an end as well.
    }
    return text.toString();
  }
}
