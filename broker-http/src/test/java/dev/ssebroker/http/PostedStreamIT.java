package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A service whose clients post JSON and receive JSON or a stream, as agents and browsers' {@code
 * fetch} do, and which keeps files. OkHttp is the client.
 */
@Timeout(60)
class PostedStreamIT {
  private static final String BOTH = "application/json, text/event-stream";

  private final ClientLog clients = new ClientLog();
  private final Broker broker = Broker.builder().listener(clients).open();
  private final SelfSigned certificate = new SelfSigned();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final BlockingQueue<Subscription> opened = new LinkedBlockingQueue<>();
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();
  private SseServer server = builder().start();
  private final OkHttpClient http =
      new OkHttpClient.Builder()
          .readTimeout(Duration.ofSeconds(10))
          .sslSocketFactory(certificate.ofClients(), certificate.trust())
          .build();

  PostedStreamIT() throws IOException {}

  private SseServer.Builder builder() {
    return SseServer.builder(broker, request -> Decision.refuse(404))
        .port(0)
        .cors(Cors.anyOrigin())
        .authorizer(this::permission)
        .handle("POST", "/rooms/{room}", this::ask)
        .handle("POST", "/answers", this::answer)
        .handle("POST", "/failing", PostedStreamIT::fail)
        .handle("GET", "/files/{name}", this::file)
        .handle("PUT", "/files/{name}", this::keep)
        .handle("DELETE", "/files/{name}", this::delete)
        .handle("POST", "/session", (request, body) -> session());
  }

  private Permission permission(Request request, Access access, List<String> topics) {
    asked.add(request.method() + " " + access + " " + topics + " " + request.pathValues());
    return topics.contains("rooms/secret") ? Permission.refused(403) : Permission.granted(topics);
  }

  /** Streams the room if the client accepts events, and answers with the body otherwise. */
  private Decision ask(Request request, byte[] body) {
    return request.quality("text/event-stream") > 0
        ? Decision.stream("rooms/" + request.pathValue("room")).onOpen(opened::add)
        : Decision.answer("application/json", body);
  }

  /** Streams one event and ends. */
  private Decision answer(Request request, byte[] body) {
    String question = new String(body, UTF_8);
    return Decision.stream("answers")
        .onOpen(client -> {
          broker.publish("answers", Event.of("answer", "to " + question));
          client.close();
        });
  }

  private static Decision fail(Request request, byte[] body) {
    return Decision.stream("failing")
        .onOpen(client -> {
          throw new IllegalStateException("a test's action");
        });
  }

  private Decision file(Request request, byte[] body) {
    return Optional.ofNullable(files.get(request.pathValue("name")))
        .<Decision>map(file -> Decision.answer("application/octet-stream", file))
        .orElse(Decision.refuse(404));
  }

  private Decision keep(Request request, byte[] body) {
    boolean created = files.put(request.pathValue("name"), body) == null;
    return Decision.answer(created ? 201 : 204);
  }

  private Decision delete(Request request, byte[] body) {
    return Decision.answer(files.remove(request.pathValue("name")) == null ? 404 : 204);
  }

  private static Decision session() {
    return Decision.answer(204)
        .withAdded("Set-Cookie", "id=7; HttpOnly")
        .withAdded("Set-Cookie", "theme=dark");
  }

  @AfterEach
  void close() {
    http.dispatcher().cancelAll();
    server.close();
    broker.close();
    http.dispatcher().executorService().shutdown();
    assertEquals(0, broker.clientCount());
  }

  private String url(String path) {
    return "http://localhost:" + server.port() + path;
  }

  private static okhttp3.Request.Builder post(String url, String body) {
    return new okhttp3.Request.Builder()
        .url(url)
        .header("Accept", BOTH)
        .post(RequestBody.create(body, MediaType.get("application/json")));
  }

  private EventRecorder open(okhttp3.Request.Builder request) {
    return EventRecorder.open(http, request.build());
  }

  private Response call(okhttp3.Request.Builder request) throws IOException {
    return http.newCall(request.build()).execute();
  }

  private Response call(String method, String path, byte[] body) throws IOException {
    return call(
        new okhttp3.Request.Builder()
            .url(url(path))
            .method(method, method.equals("GET") ? null : RequestBody.create(body)));
  }

  private Subscription nextOpened() throws InterruptedException {
    return Optional.ofNullable(opened.poll(10, TimeUnit.SECONDS)).orElseThrow();
  }

  @Test
  void postIsAnsweredByAStreamOfItsRoom() throws Exception {
    EventRecorder client = open(post(url("/rooms/b%C3%BCro"), "{\"ask\":1}"));
    client.assertNext("open 200 text/event-stream");
    broker.publish("rooms/elsewhere", Event.of("not for this room"));
    for (int i = 0; i < 1000; i++) {
      broker.publish("rooms/büro", Event.of("tick", "event " + i));
    }
    for (int i = 0; i < 1000; i++) {
      client.assertNext("tick: event " + i);
    }
    assertEquals(List.of("POST SUBSCRIBE [rooms/büro] {room=büro}"), asked);
    client.disconnect();
    clients.assertNext("added, 1");
    clients.assertNext("DISCONNECTED, 0");
  }

  @Test
  void sameRequestWithoutEventsIsAnsweredByJson() throws Exception {
    try (Response response =
        call(post(url("/rooms/a"), "{\"ask\":1}").header("Accept", "application/json"))) {
      assertEquals("application/json", response.header("Content-Type"));
      assertEquals("{\"ask\":1}", response.body().string());
    }
    assertEquals(List.of(), asked);
    clients.assertNothingLeft();
  }

  @Test
  void clientThatPostsAgainWithItsLastIdMissesNothing() throws Exception {
    EventRecorder before = open(post(url("/rooms/a"), "{}"));
    before.assertNext("open 200 text/event-stream");
    broker.publish("rooms/a", Event.of("first"));
    before.assertNext("null: first");
    before.disconnect();
    clients.assertNext("added, 1");
    clients.assertNext("DISCONNECTED, 0");
    broker.publish("rooms/a", Event.of("second"));

    String id = String.valueOf(before.lastId());
    EventRecorder after = open(post(url("/rooms/a"), "{}").header("Last-Event-ID", id));
    after.assertNext("open 200 text/event-stream");
    after.assertNext("null: second");
    broker.publish("rooms/a", Event.of("third"));
    after.assertNext("null: third");
    after.assertNothingLeft();
  }

  @Test
  void authorizerRefusesAStreamInAnswerToPost() throws Exception {
    open(post(url("/rooms/secret"), "{}")).assertNext("failed 403");
    clients.assertNothingLeft();
    assertEquals(0, opened.size());
  }

  /** What is published on opening reaches the client, and its stream ends in an orderly way. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void streamEndsAfterItsAnswer(boolean tls) throws Exception {
    String url = url("/answers");
    if (tls) {
      server.close();
      server = builder().tls(certificate.ofServer()).start();
      url = "https://localhost:" + server.port() + "/answers";
    }
    for (int i = 0; i < 100; i++) {
      EventRecorder client = open(post(url, "question " + i));
      client.assertNext("open 200 text/event-stream");
      client.assertNext("answer: to question " + i);
      client.assertNext("closed");
      client.assertNothingLeft();
      clients.assertNext("added, 1");
      clients.assertNext("UNSUBSCRIBED, 0");
    }
  }

  @Test
  void streamWhoseActionFailsEnds() throws Exception {
    EventRecorder client = open(post(url("/failing"), "{}"));
    client.assertNext("open 200 text/event-stream");
    client.assertNext("closed");
    clients.assertNext("added, 1");
    clients.assertNext("UNSUBSCRIBED, 0");
  }

  @Test
  void streamHasTheHeadAndTheFirstBytesOfEveryStream() throws Exception {
    try (Response response = call(post(url("/rooms/a"), "{}").header("Origin", "http://b"))) {
      assertEquals("no-cache, no-store, no-transform", response.header("Cache-Control"));
      assertEquals("no", response.header("X-Accel-Buffering"));
      assertEquals("chunked", response.header("Transfer-Encoding"));
      assertEquals("close", response.header("Connection"));
      assertEquals("*", response.header("Access-Control-Allow-Origin"));
      Response network = Optional.ofNullable(response.networkResponse()).orElseThrow();
      assertEquals("gzip", network.header("Content-Encoding"));
      assertTrue(response.body().source().readUtf8LineStrict().matches("retry: \\d+"));
      nextOpened().close();
    }
  }

  /**
   * A fetch-based client reads the status, and a 200 would tell it that its request was handled.
   */
  @Test
  void closedBrokerIsA503AndTheActionDoesNotBegin() throws Exception {
    broker.close();
    try (Response response = call(post(url("/rooms/a"), "{}"))) {
      assertEquals(503, response.code());
      assertTrue(Integer.parseInt(String.valueOf(response.header("Retry-After"))) > 0);
    }
    assertEquals(0, opened.size());
  }

  @Test
  void fileWithAllByteValuesIsPutAndGotAndDeleted() throws Exception {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    assertStatus(404, call("GET", "/files/all%20bytes", all));
    assertStatus(201, call("PUT", "/files/all%20bytes", all));
    assertStatus(204, call("PUT", "/files/all%20bytes", all));
    assertEquals(List.of("all bytes"), List.copyOf(files.keySet()));
    try (Response response = call("GET", "/files/all%20bytes", all)) {
      assertEquals("application/octet-stream", response.header("Content-Type"));
      assertEquals("256", response.header("Content-Length"));
      assertArrayEquals(all, response.body().bytes());
    }
    assertStatus(204, call("DELETE", "/files/all%20bytes", new byte[0]));
    assertStatus(404, call("DELETE", "/files/all%20bytes", new byte[0]));
    assertEquals(Map.of(), files);
  }

  private static void assertStatus(int status, Response response) {
    try (response) {
      assertEquals(status, response.code());
    }
  }

  @Test
  void eachCookieHasItsField() throws Exception {
    try (Response response = call("POST", "/session", new byte[0])) {
      assertEquals(List.of("id=7; HttpOnly", "theme=dark"), response.headers("Set-Cookie"));
      assertEquals(204, response.code());
      assertNull(response.header("Content-Type"));
    }
  }

  /** A browser asks first, and another site's page gets the methods of the path. */
  @Test
  void preflightAllowsWhatThePathHas() throws Exception {
    try (Response response =
        call(
            new okhttp3.Request.Builder()
                .url(url("/files/a"))
                .method("OPTIONS", null)
                .header("Origin", "http://b")
                .header("Access-Control-Request-Method", "DELETE"))) {
      assertEquals(
          "DELETE, GET, HEAD, OPTIONS, PUT", response.header("Access-Control-Allow-Methods"));
    }
    assertEquals(Collections.emptyList(), asked);
  }
}
