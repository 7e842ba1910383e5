package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.io.IOException;
import java.time.Duration;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The streams as OkHttp receives them. */
class OkHttpIT {
  private final ClientLog clients = new ClientLog();
  private final Broker broker = Broker.builder().listener(clients).open();
  private final SseServer server;
  private final OkHttpClient http =
      new OkHttpClient.Builder().readTimeout(Duration.ofSeconds(10)).build();

  OkHttpIT() throws IOException {
    server =
        SseServer.builder(
                broker,
                request ->
                    request.path().equals("/events")
                        ? Decision.stream("ticker")
                        : Decision.refuse(404))
            .port(0)
            .start();
  }

  @AfterEach
  void close() {
    http.dispatcher().cancelAll();
    server.close();
    broker.close();
    http.dispatcher().executorService().shutdown();
  }

  @Test
  void streamOpensBeforeAnythingIsPublished() throws Exception {
    open("/events").assertNext("open 200 text/event-stream");
  }

  @Test
  void eventsArriveInOrder() throws Exception {
    EventRecorder client = open("/events");
    client.assertNext("open 200 text/event-stream");
    for (int i = 0; i < 5000; i++) {
      broker.publish("ticker", Event.of("tick", "event " + i));
      if (i % 500 == 499) {
        for (int j = i - 499; j <= i; j++) {
          client.assertNext("tick: event " + j);
        }
      }
    }
  }

  @Test
  void dataKeepsItsLines() throws Exception {
    EventRecorder client = open("/events");
    client.assertNext("open 200 text/event-stream");
    for (String data :
        new String[] {"", " a", "a\n", "\n\n", "a\nb\n\nc", ": x", "grüß dich \uD83D\uDE80"}) {
      broker.publish("ticker", Event.of(data));
      client.assertNext("null: " + data);
    }
    broker.publish("ticker", Event.of("a\rb\r\nc"));
    client.assertNext("null: a\nb\nc");
  }

  @Test
  void closedServerEndsTheStream() throws Exception {
    EventRecorder client = open("/events");
    client.assertNext("open 200 text/event-stream");
    broker.publish("ticker", Event.of("last"));
    server.close();
    client.assertNext("null: last");
    client.assertNext("closed");
    client.assertNothingLeft();
  }

  @Test
  void disconnectDoesNotDisturbTheOtherClient() throws Exception {
    EventRecorder first = open("/events");
    first.assertNext("open 200 text/event-stream");
    clients.assertNext("added, 1");
    EventRecorder second = open("/events");
    second.assertNext("open 200 text/event-stream");
    clients.assertNext("added, 2");

    broker.publish("ticker", Event.of("both"));
    first.assertNext("null: both");
    second.assertNext("null: both");

    first.disconnect();
    clients.assertNext("DISCONNECTED, 1");
    assertEquals(1, broker.publish("ticker", Event.of("one")).queued());
    second.assertNext("null: one");
    second.assertNothingLeft();
  }

  @Test
  void refusalIsAFailureWithItsStatus() throws Exception {
    open("/nowhere").assertNext("failed 404");
  }

  @Test
  void clientThatReconnectsWithItsLastIdMissesNothing() throws Exception {
    EventRecorder before = open("/events");
    before.assertNext("open 200 text/event-stream");
    String id = broker.publish("ticker", Event.of("first")).id();
    before.assertNext("null: first");
    assertEquals(id, before.lastId());
    before.disconnect();
    clients.assertNext("added, 1");
    clients.assertNext("DISCONNECTED, 0");

    broker.publish("ticker", Event.of("second"));
    EventRecorder after = open("/events", id);
    after.assertNext("open 200 text/event-stream");
    after.assertNext("null: second");
    broker.publish("ticker", Event.of("third"));
    after.assertNext("null: third");
    after.assertNothingLeft();
  }

  @Test
  void clientOfAnEarlierBrokerReceivesAGapNotice() throws Exception {
    EventRecorder client = open("/events", "gone-17");
    client.assertNext("open 200 text/event-stream");
    client.assertNext("gap: {\"missed\":null,\"reason\":\"restarted\"}");
  }

  private EventRecorder open(String path) {
    return open(path, "");
  }

  private EventRecorder open(String path, String lastEventId) {
    return EventRecorder.open(http, "http://localhost:" + server.port() + path, lastEventId);
  }
}
