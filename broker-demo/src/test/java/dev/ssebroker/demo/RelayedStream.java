package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/**
 * Base of the tests of a relay between real servers. It has three clients. Whatever happens to the
 * upstream, each of them keeps one stream, with exactly the events that the test expects.
 */
abstract class RelayedStream {
  static final String TOPIC = "live";

  /**
   * With this factor no delay of the backoff equals the resume window, so the timer can tell them
   * apart.
   */
  static final double JITTER = 0.9;

  final StringWriter logged = new StringWriter();
  final ManualTimer timer = new ManualTimer();
  final Broker broker = Broker.open();

  private final SseServer server =
      SseServer.builder(broker, request -> Decision.stream(TOPIC, Relay.STATUS_TOPIC))
          .port(0)
          .start();
  private final OkHttpClient http =
      new OkHttpClient.Builder()
          .dispatcher(new Dispatcher(Executors.newVirtualThreadPerTaskExecutor()))
          .readTimeout(Duration.ofMinutes(1))
          .build();
  final List<LocalClient> clients = new ArrayList<>();
  @Nullable Relay relay;

  RelayedStream() throws Exception {
    for (int i = 0; i < 3; i++) {
      clients.add(LocalClient.open(http, "http://localhost:" + server.port() + "/"));
    }
  }

  /** Checks that each client has kept its stream, and has received nothing else. */
  @AfterEach
  void clientsStayedConnected() throws Exception {
    closeRelay();
    server.close();
    for (LocalClient client : clients) {
      assertEquals("(closed)", client.next());
    }
    broker.close();
    http.connectionPool().evictAll();
  }

  /** Starts the relay of the test, which is closed after the test. */
  Relay relay(String url) {
    return relay(url, Relay.SILENCE);
  }

  Relay relay(String url, Duration silence) {
    Relay started = start(url, silence, broker);
    relay = started;
    return started;
  }

  static String url(SseServer upstream) {
    return "http://localhost:" + upstream.port() + "/";
  }

  Relay start(String url, Duration silence, Broker target) {
    return Relay.start(
        HttpUrl.get(url),
        TOPIC,
        target,
        new Log(new PrintWriter(logged)),
        silence,
        new Backoff(() -> JITTER),
        () -> timer);
  }

  void closeRelay() {
    if (relay != null) {
      relay.close();
    }
  }

  void assertReceived(int from, int to) throws InterruptedException {
    for (int i = from; i < to; i++) {
      assertReceived("tick: " + i);
    }
  }

  /** Waits until each client receives these events next. */
  void assertReceived(String... events) throws InterruptedException {
    for (LocalClient client : clients) {
      for (String event : events) {
        assertEquals(event, client.next());
      }
    }
  }

  void assertStates(String... states) throws InterruptedException {
    for (String state : states) {
      String unused = assertState(state);
    }
  }

  /** Waits until each client receives this state next. Returns the event of the last client. */
  String assertState(String state) throws InterruptedException {
    String event = "";
    for (LocalClient client : clients) {
      event = client.assertState(state);
    }
    return event;
  }

  void assertState(String state, String json) throws InterruptedException {
    assertEquals(json, assertState(state));
  }

  /** Returns the log without times and addresses, which differ in each run. */
  String log() {
    return logged
        .toString()
        .replaceAll("(?m)^\\S+ \\S+ ", "")
        .replaceAll("http://\\S+?(?=:?\\s)", "URL")
        .replaceAll("in [0-9.]+ s\\b", "in TIME");
  }

  /** Starts an upstream. */
  static SseServer serve(Broker source, int port) throws IOException {
    return SseServer.builder(source, request -> Decision.stream("ticker")).port(port).start();
  }

  static void publish(Broker source, int from, int to) {
    for (int i = from; i < to; i++) {
      source.publish("ticker", Event.of("tick", Integer.toString(i)));
    }
  }
}
