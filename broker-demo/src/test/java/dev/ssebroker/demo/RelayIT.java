package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.demo.ScriptedUpstream.Peer;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.SseServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A relay between real servers, with three clients that must notice nothing of its troubles. */
@Timeout(60)
class RelayIT {
  private static final String TOPIC = "live";

  /** Of which no doubled bound of a backoff is a second, by which the timer knows the settling. */
  private static final double JITTER = 0.9;

  private final StringWriter logged = new StringWriter();
  private final ManualTimer timer = new ManualTimer();
  private final Broker broker = Broker.open();
  private final SseServer server =
      SseServer.builder(broker, request -> Decision.stream(TOPIC, Relay.STATUS_TOPIC))
          .port(0)
          .start();
  private final OkHttpClient http =
      new OkHttpClient.Builder()
          .dispatcher(new Dispatcher(Executors.newVirtualThreadPerTaskExecutor()))
          .readTimeout(Duration.ofMinutes(1))
          .build();
  private final List<LocalClient> clients = new ArrayList<>();
  private @Nullable Relay relay;

  RelayIT() throws Exception {
    for (int i = 0; i < 3; i++) {
      clients.add(LocalClient.open(http, "http://localhost:" + server.port() + "/"));
    }
  }

  /** Whatever has happened, the clients have had one stream, and have nothing more to say. */
  @AfterEach
  void clientsHaveNoticedNothing() throws Exception {
    if (relay != null) {
      relay.close();
    }
    server.close();
    for (LocalClient client : clients) {
      assertEquals("(closed)", client.next());
    }
    broker.close();
    http.connectionPool().evictAll();
  }

  @Test
  void upstreamThatComesBackLosesAndDoublesNothing() throws Exception {
    try (Broker source = Broker.open()) {
      SseServer upstream = serve(source, 0);
      relay(url(upstream));
      assertStates("connecting", "open");
      publish(source, 0, 100);
      assertReceived(0, 100);
      String id = source.publish("ticker", Event.of("tick", "100")).id();
      assertReceived(100, 101);
      assertEquals(id, clients.getFirst().lastId());

      upstream.close();
      assertStates("waiting");
      publish(source, 101, 200);
      try (SseServer again = serve(source, upstream.port())) {
        timer.runNextTry();
        assertStates("connecting", "open");
        assertReceived(101, 200);
        publish(source, 200, 300);
        assertReceived(200, 300);
        assertEquals(upstream.port(), again.port());
        timer.runSettling();
        timer.runSettling();
        closeRelay();
      }
    }
    assertEquals(
        """
        Relaying URL to the topic live
        The relay's upstream URL is lost: the upstream ended the stream. The next try comes in TIME
        The relay's upstream URL is back: 199 resumed, 0 left out that had come before
        """,
        log());
  }

  @Test
  void newUpstreamAtTheSameAddressIsAGapThatClientsSee() throws Exception {
    int port;
    try (Broker source = Broker.open();
        SseServer upstream = serve(source, 0)) {
      port = upstream.port();
      relay(url(upstream));
      assertStates("connecting", "open");
      publish(source, 0, 1);
      assertReceived(0, 1);
    }
    assertStates("waiting");
    try (Broker source = Broker.open();
        SseServer upstream = serve(source, port)) {
      publish(source, 1, 2);
      timer.runNextTry();
      assertStates("connecting", "open");
      assertReceived("upstream-gap: {\"missed\":null,\"reason\":\"restarted\"}");
      publish(source, 2, 3);
      // What the new one has kept comes behind the gap.
      assertReceived(1, 3);
      assertEquals(port, upstream.port());
      closeRelay();
    }
  }

  @Test
  void upstreamThatIsNotThereAtTheStartIsRelayedWhenItComes() throws Exception {
    try (Broker source = Broker.open()) {
      SseServer before = serve(source, 0);
      before.close();
      relay(url(before));
      for (int bound = 500; bound <= 4000; bound *= 2) {
        assertStates("connecting", "waiting");
        assertEquals(Duration.ofMillis((long) (JITTER * bound)), timer.runNextTry());
      }
      assertStates("connecting", "waiting");
      try (SseServer upstream = serve(source, before.port())) {
        timer.runNextTry();
        assertStates("connecting", "open");
        publish(source, 0, 3);
        assertReceived(0, 3);
        assertEquals(before.port(), upstream.port());
        closeRelay();
      }
    }
  }

  @Test
  void upstreamThatSendsEverythingAgainIsNotDoubled() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      StringBuilder all = new StringBuilder(ScriptedUpstream.STREAM);
      for (int i = 0; i < 3; i++) {
        all.append("id: %d\ndata: event %d\n\n".formatted(i, i));
        try (Peer peer = upstream.next()) {
          assertEquals(i > 0, peer.request().contains("\r\nLast-Event-ID: " + (i - 1) + "\r\n"));
          peer.send(all.toString());
          assertReceived("event " + i);
        }
        timer.runNextTry();
      }
      Peer last = upstream.next();
      last.send(all + "id: 9\ndata: last\n\n");
      assertReceived("last");
      for (int connection = 0; connection < 4; connection++) {
        timer.runSettling();
      }
      closeRelay();
      last.close();
    }
    assertTrue(log().endsWith("is back: 1 resumed, 3 left out that had come before\n"), log());
  }

  @Test
  void eventsWithoutAnIdBehindOneThatHasOneAreAllRelayed() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "id: 1\ndata: a\n\ndata: a\n\ndata: a\n\ndata: b\n\n");
        assertReceived("a", "a", "a", "b");
      }
      timer.runNextTry();
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nLast-Event-ID: 1\r\n"), peer.request());
        closeRelay();
      }
    }
  }

  @Test
  void idThatCannotBeReusedIsStillSentBackAsUtf8() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "id: grüß dich\ndata: a\n\n");
        assertReceived("a");
      }
      timer.runNextTry();
      try (Peer peer = upstream.next()) {
        assertTrue(
            peer.request().contains("\r\nLast-Event-ID: gr\u00c3\u00bc\u00c3\u009f dich\r\n"),
            peer.request());
        closeRelay();
      }
    }
  }

  @Test
  void idThatNoHeaderCanCarryAndOneThatWasTakenBackAreNotSent() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "id: 1\ndata: a\n\nid: \u0001\ndata: b\n\n");
        assertReceived("a", "b");
      }
      timer.runNextTry();
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nLast-Event-ID: 1\r\n"), peer.request());
        peer.send(ScriptedUpstream.STREAM + "id: 2\ndata: c\n\nid:\ndata: d\n\n");
        assertReceived("c", "d");
      }
      timer.runNextTry();
      try (Peer peer = upstream.next()) {
        assertFalse(peer.request().contains("Last-Event-ID"), peer.request());
        closeRelay();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "500 Oops, text/event-stream, it answers 500",
    "404 Gone, text/plain, it answers 404",
    "200 OK, text/html, it answers with the content type text/html; text/event-stream is needed",
  })
  void wrongAnswerIsToldAndTriedAgain(String status, String type, String error) throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(
            "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: 9\r\n\r\ndata: x\n\n"
                .formatted(status, type));
        assertStates("connecting");
        assertState(
            "waiting",
            "{\"url\":\"%s\",\"state\":\"waiting\",\"error\":\"%s\",\"retryInMillis\":450,\"relayed\":0}"
                .formatted(upstream.url(), error));
      }
      timer.runNextTry();
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "data: a\n\n");
        assertStates("connecting", "open");
        assertReceived("a");
        closeRelay();
      }
    }
    assertTrue(log().startsWith("The relay's upstream URL is lost: " + error), log());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Content-Type: text/event-stream\r\n"})
  void noContentEndsTheTries(String field) throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send("HTTP/1.1 204 No Content\r\n" + field + "\r\n");
        assertStates("connecting", "ended");
      }
      assertTrue(timer.isIdle());
      assertFalse(upstream.hasMore());
      closeRelay();
    }
    assertEquals("The relay of URL has ended: the upstream answers 204\n", log());
  }

  @Test
  void silentUpstreamIsGivenUp() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url(), Duration.ofSeconds(1));
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "data: a\n\n");
        assertStates("connecting", "open");
        assertReceived("a");
        assertTrue(assertState("waiting").contains("\"error\":\"nothing has come for 1.0 s\""));
        peer.awaitEnd();
      }
      timer.runNextTry();
      upstream.next().close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"id: 2\ndata: half", "id: 2\ndata: half\n", "id: 2\nda", "id: 2\n"})
  void halfAnEventIsNotPublished(String half) throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.CHUNKED).chunk("id: 1\ndata: a\n\n").chunk(half);
        assertReceived("a");
      }
      timer.runNextTry();
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nLast-Event-ID: 1\r\n"), peer.request());
        // And once more, with an end that HTTP takes for an orderly one.
        peer.send(ScriptedUpstream.STREAM + "data: b\n\n" + half);
        assertReceived("b");
      }
      timer.runNextTry();
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "data: c\n\n");
        assertReceived("c");
        closeRelay();
      }
    }
  }

  @Test
  void eventThatIsTooLargeOrNotToBeHadIsToldAndLeftOut() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM);
        peer.send("data: " + "x".repeat(Relay.MAX_EVENT_BYTES) + "\n\ndata: a\n\n");
        assertReceived("a");
        peer.send("event: error\ndata: x\n\ndata: b\n\n");
        assertReceived("b");
        timer.pass(Duration.ofMinutes(1));
        peer.send("event: open\ndata: x\n\ndata: c\n\n");
        assertReceived("c");
        closeRelay();
      }
    }
    assertEquals(
        """
        Relaying URL to the topic live
        An event of the relay's upstream URL is left out, number 1 so far: it has more than 8388608 \
        bytes
        An event of the relay's upstream URL is left out, number 3 so far: type 'open' is one of \
        EventSource's own events; choose another name
        """,
        log());
  }

  /** Some kilobytes of gzip may be megabytes; what counts is what they become. */
  @Test
  void eventThatIsTooLargeOnceItIsInflatedIsLeftOut() throws Exception {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write("data: ".getBytes(StandardCharsets.US_ASCII));
      byte[] part = "x".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < 32; i++) {
        gzip.write(part);
      }
      gzip.write("\n\ndata: a\n\n".getBytes(StandardCharsets.US_ASCII));
    }
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nAccept-Encoding: gzip\r\n"), peer.request());
        peer.send(
            ScriptedUpstream.STREAM.replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n"));
        peer.socket().getOutputStream().write(compressed.toByteArray());
        assertReceived("a");
        closeRelay();
      }
    }
    assertTrue(log().contains("number 1 so far: it has more than 8388608 bytes"), log());
  }

  @Test
  void credentialsAreNotSentToWhereTheUpstreamRedirects() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream();
        ScriptedUpstream other = new ScriptedUpstream()) {
      relay(upstream.url().replace("//", "//user:secret@") + "?token=secret");
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nAuthorization: "), peer.request());
        peer.send(
            "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + other.url() + "\r\n\r\n");
        try (Peer second = other.next()) {
          assertFalse(second.request().contains("Authorization"), second.request());
          assertFalse(second.request().contains("secret"), second.request());
          closeRelay();
        }
      }
    }
  }

  @Test
  void retryOfTheUpstreamComesOnTopOfTheBackoff() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      upstream.next().send(ScriptedUpstream.STREAM + "retry: 7000\n\n").close();
      assertEquals(Duration.ofMillis(7450), timer.runNextTry());
      upstream.next().close();
      assertEquals(Duration.ofMillis(7900), timer.runNextTry());
      closeRelay();
    }
  }

  @Test
  void onlyAHealthyConnectionBeginsTheBackoffAgain() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      upstream.next().send(ScriptedUpstream.STREAM).close();
      assertEquals(Duration.ofMillis(450), timer.runNextTry());
      upstream.next().send(ScriptedUpstream.STREAM).close();
      assertEquals(Duration.ofMillis(900), timer.runNextTry());
      upstream.next().send(ScriptedUpstream.STREAM + "data: a\n\n").close();
      assertEquals(Duration.ofMillis(450), timer.runNextTry());
      assertReceived("a");
      upstream.next().send(ScriptedUpstream.STREAM).close();
      assertEquals(Duration.ofMillis(900), timer.runNextTry());
      assertStates("connecting", "open", "waiting", "connecting", "open", "waiting");
      assertStates("connecting", "open", "waiting", "connecting", "open", "waiting");
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM);
        assertStates("connecting", "open");
        timer.pass(Backoff.MOST);
      }
      assertEquals(Duration.ofMillis(450), timer.runNextTry());
      closeRelay();
    }
  }

  @Test
  void troubleThatLastsIsOneLineAMinute() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      Duration passed = Duration.ZERO;
      while (passed.compareTo(Duration.ofMinutes(5)) < 0) {
        upstream.next().send("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        passed = passed.plus(timer.runNextTry());
      }
      closeRelay();
    }
    assertTrue(log().lines().count() <= 6, log());
    assertTrue(log().lines().count() >= 4, log());
    assertTrue(
        log().contains("is lost (8 times since the last such line): it answers 503."), log());
  }

  @Test
  void credentialsAreSentAndShownNowhereAndNeitherIsTheQuery() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url().replace("//", "//user:secret@") + "?token=secret");
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().startsWith("GET /stream?token=secret HTTP/1.1\r\n"));
        assertTrue(peer.request().contains("\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n"));
        peer.send("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
        assertStates("connecting");
        assertTrue(assertState("waiting").startsWith("{\"url\":\"" + upstream.url() + "\","));
        closeRelay();
      }
    }
    assertFalse(logged.toString().contains("secret"), logged.toString());
  }

  @Test
  void nothingIsPublishedOnceTheRelayIsClosed() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      Relay closed = relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "data: a\n\n");
        assertReceived("a");
        closed.close();
        long published = broker.stats().published();
        peer.awaitEnd();
        assertStates("connecting", "open", "ended");
        assertEquals(published, broker.stats().published());
        closed.close();
      }
      assertTrue(timer.isIdle());
    }
  }

  @Test
  void closedBrokerEndsTheRelay() throws Exception {
    Broker local = Broker.open();
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay = start(upstream.url(), Relay.SILENCE, local);
      try (Peer peer = upstream.next()) {
        local.close();
        peer.send(ScriptedUpstream.STREAM + "data: a\n\n");
        peer.awaitEnd();
      }
    }
    closeRelay();
    assertTrue(log().endsWith("The relay of URL has ended: the broker is closed\n"), log());
  }

  @Test
  void threadsOfARelayDoNotKeepTheProcessAliveAndEndWithIt() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      Relay running =
          Relay.start(HttpUrl.get(upstream.url()), TOPIC, broker, new Log(new PrintWriter(logged)));
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "data: a\n\n");
        assertReceived("a");
        List<Thread> threads =
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> isOfRelay(thread, peer))
                .toList();
        assertEquals(2, threads.size(), threads::toString);
        assertTrue(threads.stream().allMatch(Thread::isDaemon), threads::toString);
        running.close();
        for (Thread thread : threads) {
          assertTrue(thread.join(Duration.ofSeconds(10)), thread::getName);
        }
      }
    }
  }

  /** OkHttp names a thread after its request while it has one. */
  private static boolean isOfRelay(Thread thread, Peer peer) {
    return thread.getName().equals("relay-timer")
        || thread.getName().startsWith("OkHttp http://127.0.0.1:" + peer.socket().getLocalPort());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a//b", "a/*", "**"})
  void whatIsNoTopicIsRefused(String topic) {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Relay.start(
                HttpUrl.get("http://127.0.0.1/"), topic, broker, new Log(new PrintWriter(logged))));
  }

  private static SseServer serve(Broker source, int port) throws IOException {
    return SseServer.builder(source, request -> Decision.stream("ticker")).port(port).start();
  }

  private static String url(SseServer upstream) {
    return "http://localhost:" + upstream.port() + "/";
  }

  private Relay relay(String url) {
    return relay(url, Relay.SILENCE);
  }

  private Relay relay(String url, Duration silence) {
    Relay started = start(url, silence, broker);
    relay = started;
    return started;
  }

  private Relay start(String url, Duration silence, Broker target) {
    return Relay.start(
        HttpUrl.get(url),
        TOPIC,
        target,
        new Log(new PrintWriter(logged)),
        silence,
        new Backoff(() -> JITTER),
        () -> timer);
  }

  private void closeRelay() {
    if (relay != null) {
      relay.close();
    }
  }

  private static void publish(Broker source, int from, int to) {
    for (int i = from; i < to; i++) {
      source.publish("ticker", Event.of("tick", Integer.toString(i)));
    }
  }

  private void assertReceived(int from, int to) throws InterruptedException {
    for (int i = from; i < to; i++) {
      assertReceived("tick: " + i);
    }
  }

  private void assertReceived(String... events) throws InterruptedException {
    for (LocalClient client : clients) {
      assertReceivedBy(client, events);
    }
  }

  private static void assertReceivedBy(LocalClient client, String... events)
      throws InterruptedException {
    for (String event : events) {
      assertEquals(event, client.next());
    }
  }

  private void assertStates(String... states) throws InterruptedException {
    for (String state : states) {
      String unused = assertState(state);
    }
  }

  private String assertState(String state) throws InterruptedException {
    String said = "";
    for (LocalClient client : clients) {
      said = client.assertState(state);
    }
    return said;
  }

  private void assertState(String state, String json) throws InterruptedException {
    assertEquals(json, assertState(state));
  }

  /** The log without its times and addresses, which are never the same. */
  private String log() {
    return logged
        .toString()
        .replaceAll("(?m)^\\S+ \\S+ ", "")
        .replaceAll("http://[^ ]+", "URL")
        .replaceAll("in [0-9.]+ s\\b", "in TIME");
  }
}
