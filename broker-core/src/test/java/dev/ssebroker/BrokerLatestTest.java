package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client under {@link Overflow#LATEST}, of whose queued events the newer replace the older. */
class BrokerLatestTest {
  @RegisterExtension final Stage stage = new Stage();

  private final GatedSink sink = stage.gated();

  @Test
  void newerStateTakesThePlaceOfTheOlderAndHasNoIdThere() throws Exception {
    Broker broker = open(10);
    Subscription subscription = subscribeStuck(broker);
    broker.publish("t", Event.of("a1").withKey("a"));
    Receipt b = broker.publish("t", Event.of("b").withKey("b"));

    Receipt a2 = broker.publish("t", Event.of("a2").withKey("a"));
    Receipt a3 = broker.publish("t", Event.of("named", "a3").withKey("a"));

    assertEquals(new Receipt(a2.id(), 1, 0, 0), a2);
    assertEquals(new Receipt(a3.id(), 1, 0, 0), a3);
    assertEquals(2, subscription.lag().events());
    assertReceived(subscription, "event: named\ndata: a3", "data: b\nid: " + b.id());
  }

  @Test
  void newerStateOfTheNewestHasItsId() throws Exception {
    Broker broker = open(10);
    Subscription subscription = subscribeStuck(broker);
    Receipt a = broker.publish("t", Event.of("a").withKey("a"));
    broker.publish("t", Event.of("b1").withKey("b"));

    Receipt b2 = broker.publish("t", Event.of("b2").withKey("b"));

    assertReceived(subscription, "data: a\nid: " + a.id(), "data: b2\nid: " + b2.id());
  }

  @Test
  void fullOutboxTakesANewerStateWithoutLoss() throws Exception {
    Broker broker = open(1);
    Subscription subscription = subscribeStuck(broker);
    broker.publish("t", Event.of("a1").withKey("a"));

    Receipt a2 = broker.publish("t", Event.of("a2").withKey("a"));

    assertEquals(new Receipt(a2.id(), 1, 0, 0), a2);
    assertReceived(subscription, "data: a2\nid: " + a2.id());
  }

  @Test
  void eventsWithoutAKeyReplaceNothing() throws Exception {
    Broker broker = open(10);
    Subscription subscription = subscribeStuck(broker);
    Receipt first = broker.publish("t", Event.of("x"));
    Receipt keyed = broker.publish("t", Event.of("x").withKey(""));

    Receipt last = broker.publish("t", Event.of("x"));

    assertReceived(
        subscription,
        "data: x\nid: " + first.id(),
        "data: x\nid: " + keyed.id(),
        "data: x\nid: " + last.id());
  }

  @Test
  void sameKeyOfAnotherTopicIsAnotherState() throws Exception {
    Broker broker = open(10);
    Subscription subscription = subscribeStuck(broker);
    Receipt t = broker.publish("t", Event.of("t").withKey("a"));
    Receipt u = broker.publish("u", Event.of("u").withKey("a"));

    assertReceived(subscription, "data: t\nid: " + t.id(), "data: u\nid: " + u.id());
  }

  @Test
  void tooManyStatesDropTheOldest() throws Exception {
    Broker broker = open(2);
    Subscription subscription = subscribeStuck(broker);
    broker.publish("t", Event.of("a").withKey("a"));
    broker.publish("t", Event.of("b").withKey("b"));

    Receipt c = broker.publish("t", Event.of("c").withKey("c"));
    Receipt d = broker.publish("t", Event.of("d"));

    assertEquals(new Receipt(c.id(), 1, 0, 1), c);
    assertEquals(new Receipt(d.id(), 1, 0, 1), d);
    assertReceived(
        subscription,
        "event: gap\ndata: {\"missed\":2,\"reason\":\"overflow\"}",
        "data: c\nid: " + c.id(),
        "data: d\nid: " + d.id());
  }

  @Test
  void stateThatWasDroppedIsQueuedAnew() throws Exception {
    Broker broker = open(2);
    Subscription subscription = subscribeStuck(broker);
    broker.publish("t", Event.of("a1").withKey("a"));
    broker.publish("t", Event.of("b").withKey("b"));
    Receipt c = broker.publish("t", Event.of("c").withKey("c"));

    Receipt a2 = broker.publish("t", Event.of("a2").withKey("a"));

    assertEquals(new Receipt(a2.id(), 1, 0, 1), a2);
    assertReceived(
        subscription,
        "event: gap\ndata: {\"missed\":2,\"reason\":\"overflow\"}",
        "data: c\nid: " + c.id(),
        "data: a2\nid: " + a2.id());
  }

  @Test
  void stateThatWasTakenIsQueuedAnew() throws Exception {
    Broker broker = open(10);
    Subscription subscription = subscribeStuck(broker);
    Receipt a1 = broker.publish("t", Event.of("a1").withKey("a"));
    sink.open();
    sink.expect(COMMENT, "data: a1\nid: " + a1.id());

    Receipt b = broker.publish("t", Event.of("b").withKey("b"));
    sink.expect("data: b\nid: " + b.id());
    Receipt a2 = broker.publish("t", Event.of("a2").withKey("a"));

    sink.expect("data: a2\nid: " + a2.id());
    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
  }

  /** A replacement that outgrows its place comes in its turn and is not itself the oldest. */
  @Test
  void newerStateThatNeedsMoreRoomIsNotDroppedForItself() throws Exception {
    Broker broker =
        stage.open(
            Broker.builder()
                .historyEvents(0)
                .queueBytes(1024)
                .overflow(Overflow.LATEST)
                .listener(stage.listener));
    Subscription subscription = subscribeStuck(broker);
    broker.publish("t", Event.of("old").withKey("a"));
    broker.publish("t", Event.of("b".repeat(500)).withKey("b"));

    Receipt receipt = broker.publish("t", Event.of("n".repeat(600)).withKey("a"));

    assertEquals(new Receipt(receipt.id(), 1, 0, 1), receipt);
    assertReceived(
        subscription,
        "event: gap\ndata: {\"missed\":1,\"reason\":\"overflow\"}",
        "data: " + "n".repeat(600));
  }

  @Test
  void newerStateThatOutgrowsItsPlaceIsReplacedThereNext() throws Exception {
    Broker broker =
        stage.open(
            Broker.builder()
                .historyEvents(0)
                .queueBytes(1024)
                .overflow(Overflow.LATEST)
                .listener(stage.listener));
    Subscription subscription = subscribeStuck(broker);
    broker.publish("t", Event.of("x".repeat(50)).withKey("x"));
    broker.publish("t", Event.of("y".repeat(50)).withKey("y"));
    broker.publish("t", Event.of("a1").withKey("a"));
    broker.publish("t", Event.of("b".repeat(300)).withKey("b"));

    Receipt grown = broker.publish("t", Event.of("a".repeat(650)).withKey("a"));
    Receipt small = broker.publish("t", Event.of("a3").withKey("a"));
    Receipt again = broker.publish("t", Event.of("x2").withKey("x"));

    assertEquals(new Receipt(grown.id(), 1, 0, 2), grown);
    assertEquals(new Receipt(small.id(), 1, 0, 0), small);
    assertEquals(new Receipt(again.id(), 1, 0, 0), again);
    assertReceived(
        subscription,
        "event: gap\ndata: {\"missed\":2,\"reason\":\"overflow\"}",
        "data: " + "b".repeat(300),
        "data: a3",
        "data: x2");
  }

  private Broker open(int queueEvents) {
    return stage.open(
        Broker.builder()
            .overflow(Overflow.LATEST)
            .queueEvents(queueEvents)
            .listener(stage.listener));
  }

  /** Subscribes a client whose writer is blocked and has taken nothing from its queue. */
  private Subscription subscribeStuck(Broker broker) throws Exception {
    Subscription subscription = broker.subscription("t", "u").open(sink);
    sink.awaitBlocked();
    return subscription;
  }

  /** Behind the comment. */
  private void assertReceived(Subscription subscription, String... frames) throws Exception {
    sink.open();
    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    sink.expect(COMMENT);
    assertEquals(List.of(frames), sink.rest());
  }
}
