package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client receives, and a publisher is told, when the queue is too small. */
class BrokerOverflowTest {
  @RegisterExtension final Stage stage = new Stage();

  /** What a frame without an id has besides its data. */
  private static final int FRAMING = "data: \n\n".length();

  @Test
  void resumingClientLosesNothingOfWhatItsOutboxCannotHold() throws Exception {
    Broker broker = open(Overflow.REPLAY, 2);
    GatedSink sink = stage.gated();
    Subscription subscription = subscribeStuck(broker, sink);

    List<Receipt> receipts = publish(broker, 0, 10);

    assertEquals(Collections.nCopies(2, "1 0 0"), outcomes(receipts.subList(0, 2)));
    assertEquals(Collections.nCopies(8, "0 1 0"), outcomes(receipts.subList(2, 10)));
    assertEquals(frames(0, receipts), receivedAtTheEnd(subscription, sink));
  }

  @Test
  void resumingClientIsLiveAgainWhenItIsLevel() throws Exception {
    Broker broker = open(Overflow.REPLAY, 2);
    GatedSink sink = stage.gated();
    Subscription subscription = subscribeStuck(broker, sink);
    List<Receipt> receipts = publish(broker, 0, 5);
    assertEquals(1, broker.stats().clients().replaying());
    sink.open();
    assertEquals(COMMENT, sink.take(1).getFirst());
    assertEquals(frames(0, receipts), sink.take(5));

    List<Receipt> live = publish(broker, 5, 6);

    assertEquals(List.of("1 0 0"), outcomes(live));
    assertEquals(0, broker.stats().clients().replaying());
    assertEquals(frames(5, live), receivedAtTheEnd(subscription, sink, List.of()));
  }

  @Test
  void resumingClientIsToldOnceAndExactlyWhatTheHistoryNoLongerHas() throws Exception {
    Broker broker =
        stage.open(
            Broker.builder()
                .overflow(Overflow.REPLAY)
                .queueEvents(2)
                .historyEvents(3)
                .listener(stage.listener));
    GatedSink sink = stage.gated();
    Subscription subscription = subscribeStuck(broker, sink);

    List<Receipt> receipts = publish(broker, 0, 10);

    List<String> expected = new ArrayList<>(frames(0, receipts.subList(0, 2)));
    expected.add(gap(5, "evicted"));
    expected.addAll(frames(7, receipts.subList(7, 10)));
    assertEquals(expected, receivedAtTheEnd(subscription, sink));
  }

  @Test
  void resumingClientWithoutAHistoryIsToldWhatIsLost() throws Exception {
    Broker broker =
        stage.open(
            Broker.builder()
                .overflow(Overflow.REPLAY)
                .queueEvents(2)
                .historyEvents(0)
                .listener(stage.listener));
    GatedSink sink = stage.gated();
    Subscription subscription = subscribeStuck(broker, sink);

    List<Receipt> receipts = publish(broker, 0, 10);

    assertEquals(Collections.nCopies(8, "0 0 1"), outcomes(receipts.subList(2, 10)));
    assertEquals(
        List.of("data: 0", "data: 1", gap(8, "overflow")), receivedAtTheEnd(subscription, sink));
  }

  @Test
  void noticeOfTheOldestDroppedStandsBeforeTheOldestKept() throws Exception {
    Broker broker = open(Overflow.DROP_OLDEST, 2);
    GatedSink sink = stage.gated();
    Subscription subscription = subscribeStuck(broker, sink);

    List<Receipt> receipts = publish(broker, 0, 7);

    assertEquals(Collections.nCopies(2, "1 0 0"), outcomes(receipts.subList(0, 2)));
    assertEquals(Collections.nCopies(5, "1 0 1"), outcomes(receipts.subList(2, 7)));
    List<String> expected = new ArrayList<>(List.of(gap(5, "overflow")));
    expected.addAll(frames(5, receipts.subList(5, 7)));
    assertEquals(expected, receivedAtTheEnd(subscription, sink));
  }

  @Test
  void oneLargeEventCostsAsManyOfTheOldestAsItNeeds() throws Exception {
    Broker broker =
        stage.open(
            Stage.plain().overflow(Overflow.DROP_OLDEST).queueBytes(1024).listener(stage.listener));
    GatedSink sink = stage.gated();
    Subscription subscription = subscribeStuck(broker, sink);
    for (String data : List.of("a", "b", "c", "d")) {
      broker.publish("t", ofLength(256, data));
    }

    Receipt receipt = broker.publish("t", ofLength(700, "e"));

    assertEquals("1 0 3", outcome(receipt));
    assertEquals(
        List.of(gap(3, "overflow"), frame(256, "d"), frame(700, "e")),
        receivedAtTheEnd(subscription, sink));
  }

  @Test
  void noticeOfTheNewestDroppedComesBehindWhatWasQueuedAlthoughNothingFollows() throws Exception {
    Broker broker = open(Overflow.DROP_NEWEST, 2);
    GatedSink sink = stage.gated();
    Subscription subscription = subscribeStuck(broker, sink);
    List<Receipt> receipts = publish(broker, 0, 7);
    assertEquals(Collections.nCopies(2, "1 0 0"), outcomes(receipts.subList(0, 2)));
    assertEquals(Collections.nCopies(5, "0 0 1"), outcomes(receipts.subList(2, 7)));

    sink.open();

    sink.expect(COMMENT);
    assertEquals(frames(0, receipts.subList(0, 2)), sink.take(2));
    sink.expect(gap(5, "overflow"));
    List<Receipt> live = publish(broker, 7, 8);
    assertEquals(List.of("1 0 0"), outcomes(live));
    assertEquals(frames(7, live), receivedAtTheEnd(subscription, sink, List.of()));
  }

  @Test
  void whatIsDroppedDoesNotWait() throws Exception {
    Broker broker = open(Overflow.DROP_NEWEST, 1);
    GatedSink sink = stage.gated();
    Subscription subscription = subscribeStuck(broker, sink);

    List<Receipt> receipts = publish(broker, 0, 5);

    assertEquals(1, subscription.lag().events());
    assertEquals(0, broker.stats().clients().replaying());
    assertEquals(
        List.of(frames(0, receipts).getFirst(), gap(4, "overflow")),
        receivedAtTheEnd(subscription, sink));
  }

  @Test
  void clientThatMayNotFallBehindIsEndedAsTooSlow() throws Exception {
    Broker broker = open(Overflow.DISCONNECT, 2);
    GatedSink sink = stage.gated();
    Subscription subscription = subscribeStuck(broker, sink);

    List<Receipt> receipts = publish(broker, 0, 4);

    assertEquals(List.of("1 0 0", "1 0 0", "0 0 1", "0 0 0"), outcomes(receipts));
    assertEquals(CloseReason.TOO_SLOW, subscription.awaitEnd());
    assertEquals(List.of(), sink.rest());
    assertFalse(sink.isEnded());
  }

  @Test
  void queueHoldsItsBytesToTheLast() throws Exception {
    Broker broker =
        stage.open(
            Stage.plain().overflow(Overflow.DROP_NEWEST).queueBytes(1024).listener(stage.listener));
    GatedSink even = stage.gated();
    GatedSink over = stage.gated();
    Subscription first = subscribeStuck(broker, even);
    broker.publish("t", ofLength(512, "a"));
    assertEquals("1 0 0", outcome(broker.publish("t", ofLength(512, "b"))));
    assertEquals(List.of(frame(512, "a"), frame(512, "b")), receivedAtTheEnd(first, even));

    Subscription second = subscribeStuck(broker, over);
    broker.publish("t", ofLength(512, "a"));
    assertEquals("0 0 1", outcome(broker.publish("t", ofLength(513, "b"))));
    assertEquals(List.of(frame(512, "a"), gap(1, "overflow")), receivedAtTheEnd(second, over));
  }

  @Test
  void eventLargerThanTheOutboxIsTakenIfNothingElseIsQueued() throws Exception {
    Broker broker =
        stage.open(
            Stage.plain().overflow(Overflow.DROP_NEWEST).queueBytes(1024).listener(stage.listener));
    GatedSink sink = stage.gated();
    Subscription subscription = subscribeStuck(broker, sink);

    assertEquals("1 0 0", outcome(broker.publish("t", ofLength(5000, "a"))));
    assertEquals("0 0 1", outcome(broker.publish("t", ofLength(FRAMING + 1, "b"))));

    assertEquals(
        List.of(frame(5000, "a"), gap(1, "overflow")), receivedAtTheEnd(subscription, sink));
  }

  @Test
  void subscriptionMayHaveAnOutboxAndAPolicyOfItsOwn() throws Exception {
    Broker broker = open(Overflow.DISCONNECT, 1);
    GatedSink oldest = stage.gated();
    GatedSink newest = stage.gated();
    GatedSink small = stage.gated();
    Subscription dropsOldest =
        broker.subscription("t").overflow(Overflow.DROP_OLDEST).queueEvents(3).open(oldest);
    Subscription dropsNewest =
        broker.subscription("t").overflow(Overflow.DROP_NEWEST).queueEvents(2).open(newest);
    Subscription resumes =
        broker
            .subscription("t")
            .overflow(Overflow.REPLAY)
            .queueEvents(100)
            .queueBytes(1024)
            .open(small);
    GatedSink plain = stage.gated();
    Subscription disconnected = broker.subscribe("t", plain);
    for (GatedSink sink : List.of(oldest, newest, small, plain)) {
      sink.awaitBlocked();
    }

    List<Receipt> receipts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      receipts.add(broker.publish("t", Event.of(Integer.toString(i).repeat(500))));
    }

    assertEquals(List.of("4 0 0", "2 1 1", "1 1 1", "1 1 2"), outcomes(receipts));
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add("data: " + Integer.toString(i).repeat(500) + "\nid: " + receipts.get(i).id());
    }
    assertEquals(CloseReason.TOO_SLOW, disconnected.awaitEnd());
    assertEquals(
        List.of(gap(1, "overflow"), all.get(1), all.get(2), all.get(3)),
        receivedAtTheEnd(dropsOldest, oldest));
    assertEquals(
        List.of(all.get(0), all.get(1), gap(2, "overflow")), receivedAtTheEnd(dropsNewest, newest));
    assertEquals(all, receivedAtTheEnd(resumes, small));
  }

  private Broker open(Overflow overflow, int queueEvents) {
    return stage.open(
        Broker.builder().overflow(overflow).queueEvents(queueEvents).listener(stage.listener));
  }

  /** Subscribes a client whose writer is blocked and has taken nothing from its queue. */
  private static Subscription subscribeStuck(Broker broker, GatedSink sink) throws Exception {
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    return subscription;
  }

  private static List<Receipt> publish(Broker broker, int from, int to) {
    List<Receipt> receipts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      receipts.add(broker.publish("t", Event.of(Integer.toString(i))));
    }
    return receipts;
  }

  private static List<String> outcomes(List<Receipt> receipts) {
    return receipts.stream().map(BrokerOverflowTest::outcome).toList();
  }

  private static String outcome(Receipt receipt) {
    return receipt.queued() + " " + receipt.replaying() + " " + receipt.dropped();
  }

  private static List<String> frames(int from, List<Receipt> receipts) {
    List<String> frames = new ArrayList<>();
    for (int i = 0; i < receipts.size(); i++) {
      frames.add("data: %d\nid: %s".formatted(from + i, receipts.get(i).id()));
    }
    return frames;
  }

  private static String gap(long missed, String reason) {
    return "event: gap\ndata: {\"missed\":%d,\"reason\":\"%s\"}".formatted(missed, reason);
  }

  private static Event ofLength(int length, String data) {
    return Event.of(data.repeat(length - FRAMING));
  }

  private static String frame(int length, String data) {
    return "data: " + data.repeat(length - FRAMING);
  }

  private static List<String> receivedAtTheEnd(Subscription subscription, GatedSink sink)
      throws Exception {
    return receivedAtTheEnd(subscription, sink, List.of(COMMENT));
  }

  /** Everything from these frames on, up to the client's orderly end. */
  private static List<String> receivedAtTheEnd(
      Subscription subscription, GatedSink sink, List<String> first) throws Exception {
    sink.open();
    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    List<String> rest = sink.rest();
    assertEquals(first, rest.subList(0, first.size()));
    return rest.subList(first.size(), rest.size());
  }
}
