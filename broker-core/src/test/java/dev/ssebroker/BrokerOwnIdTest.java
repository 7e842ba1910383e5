package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events whose ids the publisher chooses. */
class BrokerOwnIdTest {
  private final Broker broker = Broker.builder().historyEvents(3).open();

  @AfterEach
  void close() {
    broker.close();
  }

  private static Event event(String id) {
    return Event.of("data of " + id).withId(id);
  }

  /** What a client that comes with this id has received when the broker closes. */
  private String resumed(String lastEventId) throws Exception {
    RecordingSink sink = new RecordingSink();
    Subscription client = broker.subscription("t").lastEventId(lastEventId).open(sink);
    broker.close();
    client.awaitEnd();
    return new String(sink.bytes(), UTF_8);
  }

  @Test
  void idIsWhatClientsReceiveAndTheReceiptSays() throws Exception {
    RecordingSink sink = new RecordingSink();
    Subscription client = broker.subscribe("t", sink);

    Receipt receipt = broker.publish("t", event("order-17"));

    assertEquals("order-17", receipt.id());
    broker.close();
    client.awaitEnd();
    assertEquals(":\n\ndata: data of order-17\nid: order-17\n\n", new String(sink.bytes(), UTF_8));
  }

  @Test
  void clientResumesBehindItAmongIdsOfBothKinds() throws Exception {
    broker.publish("t", event("order-17"));
    String own = broker.publish("t", Event.of("between")).id();
    broker.publish("t", event("order-18"));

    assertEquals(
        ":\n\ndata: between\nid: " + own + "\n\ndata: data of order-18\nid: order-18\n\n",
        resumed("order-17"));
  }

  @Test
  void clientThatHasTheLastOneIsLevel() throws Exception {
    broker.publish("t", event("a"));

    assertEquals(":\n\n", resumed("a"));
  }

  @Test
  void idThatIsNotKeptAnyMoreIsToldAsUnknown() throws Exception {
    for (String id : List.of("a", "b", "c", "d")) {
      broker.publish("t", event(id));
    }

    String text = resumed("a");

    assertTrue(
        text.contains("event: gap\ndata: {\"missed\":null,\"reason\":\"unknown-id\"}"), text);
  }

  @Test
  void idThatIsKeptCannotBePublishedAgain() {
    broker.publish("t", event("a"));

    assertThrows(IllegalArgumentException.class, () -> broker.publish("t", event("a")));
    assertThrows(IllegalArgumentException.class, () -> broker.publish("elsewhere", event("a")));
    assertThrows(
        IllegalArgumentException.class, () -> broker.publish("t", List.of(event("b"), event("a"))));
    assertThrows(
        IllegalArgumentException.class, () -> broker.publish("t", List.of(event("b"), event("b"))));
    assertEquals(1, broker.stats().events().published());

    for (String id : List.of("b", "c", "d", "a")) {
      broker.publish("t", event(id));
    }
    assertEquals(5, broker.stats().events().published());
  }

  @Test
  void idThatLooksLikeTheBrokersOwnIsRefused() {
    String own = broker.publish("t", Event.of("x")).id();
    String next = own.replaceFirst("1$", "2");

    assertThrows(IllegalArgumentException.class, () -> broker.publish("t", event(next)));
    assertEquals(1, broker.stats().events().published());
  }

  @Test
  void replacedEventHasNoId() throws Exception {
    GatedSink sink = GatedSink.obedient();
    Subscription client = broker.subscription("t").overflow(Overflow.LATEST).open(sink);
    sink.awaitBlocked();
    broker.publish("t", event("a").withKey("k"));
    broker.publish("t", event("b").withKey("l"));
    broker.publish("t", event("c").withKey("k"));
    sink.open();
    broker.close();
    client.awaitEnd();
    assertEquals(
        ":\n\ndata: data of c\n\ndata: data of b\nid: b\n\n", new String(sink.bytes(), UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "ü", "a\n", "a:b", "\u0000", "a/b"})
  void idThatNotEveryClientCanSendBackIsRefused(String id) {
    assertThrows(IllegalArgumentException.class, () -> event(id));
    assertThrows(IllegalArgumentException.class, () -> event("x".repeat(65)));
  }
}
