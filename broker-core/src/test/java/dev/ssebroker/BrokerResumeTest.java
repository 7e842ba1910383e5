package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that comes back with a Last-Event-ID. */
class BrokerResumeTest {
  @RegisterExtension final Stage stage = new Stage();

  @Test
  void idsRiseByOneAndAreTheSameForEveryClientAndInTheReceipt() throws Exception {
    Broker broker = open();
    RecordingSink one = stage.recording();
    RecordingSink two = stage.recording();
    broker.subscribe("t", one);
    broker.subscribe("t", two);

    List<Receipt> receipts = publish(broker, "t", 0, 12);

    String epoch = EventId.parse(receipts.getFirst().id()).orElseThrow().epoch();
    List<String> expected = new ArrayList<>(List.of(COMMENT));
    for (int i = 0; i < 12; i++) {
      assertEquals(epoch + "-" + (i + 1), receipts.get(i).id());
      expected.add(frame(Integer.toString(i), receipts.get(i)));
    }
    assertEquals(expected, one.take(13));
    assertEquals(expected, two.take(13));
  }

  @Test
  void twoLivesOfABrokerHaveDifferentEpochs() {
    EventId one = EventId.parse(open().publish("t", Event.of("")).id()).orElseThrow();
    EventId two = EventId.parse(open().publish("t", Event.of("")).id()).orElseThrow();

    assertNotEquals(one.epoch(), two.epoch());
  }

  @Test
  void clientReceivesWhatCameBehindItsIdAndThenWhatComes() throws Exception {
    Broker broker = open();
    List<Receipt> receipts = publish(broker, "t", 0, 5);
    RecordingSink sink = stage.recording();

    broker.subscription("t").lastEventId(receipts.get(1).id()).open(sink);

    sink.expect(COMMENT, frame("2", receipts.get(2)));
    sink.expect(frame("3", receipts.get(3)), frame("4", receipts.get(4)));
    Receipt live = broker.publish("t", Event.of("live"));
    Stage.assertReceipt(1, 0, live);
    sink.expect(frame("live", live));
  }

  @Test
  void clientThatIsLevelReceivesNothingOld() throws Exception {
    Broker broker = open();
    List<Receipt> receipts = publish(broker, "t", 0, 3);
    publish(broker, "elsewhere", 0, 3);
    RecordingSink sink = stage.recording();

    Subscription subscription =
        broker.subscription("t").lastEventId(receipts.getLast().id()).open(sink);

    assertReceived(subscription, sink, List.of());
  }

  @ParameterizedTest
  @NullAndEmptySource
  void clientWithoutAnIdReceivesNothingOld(@Nullable String none) throws Exception {
    Broker broker = open();
    publish(broker, "t", 0, 3);
    RecordingSink sink = stage.recording();

    Subscription subscription = broker.subscription("t").lastEventId(none).open(sink);

    assertReceived(subscription, sink, List.of());
  }

  @Test
  void clientWithTheIdBeforeTheFirstReceivesEverything() throws Exception {
    Broker broker = open();
    Receipt first = broker.publish("t", Event.of("first"));
    RecordingSink sink = stage.recording();
    String before = EventId.parse(first.id()).orElseThrow().epoch() + "-0";

    Subscription subscription = broker.subscription("t").lastEventId(before).open(sink);

    assertReceived(subscription, sink, List.of(frame("first", first)));
  }

  @Test
  void countOfWhatWasEvictedIsTheNumberOfAllThatIsMissing() throws Exception {
    Broker broker = open(Broker.builder().historyEvents(2));
    Receipt elsewhere = broker.publish("elsewhere", Event.of("x"));
    List<Receipt> receipts = publish(broker, "t", 0, 7);
    RecordingSink sink = stage.recording();

    Subscription subscription = broker.subscription("t").lastEventId(elsewhere.id()).open(sink);

    assertReceived(
        subscription,
        sink,
        List.of(gap("5", "evicted"), frame("5", receipts.get(5)), frame("6", receipts.get(6))));
  }

  @Test
  void countOfWhatWasEvictedIsUnknownIfSomeOfItWasReceived() throws Exception {
    Broker broker = open(Broker.builder().historyEvents(2));
    List<Receipt> receipts = publish(broker, "t", 0, 7);
    RecordingSink sink = stage.recording();

    Subscription subscription =
        broker.subscription("t").lastEventId(receipts.get(1).id()).open(sink);

    assertReceived(
        subscription,
        sink,
        List.of(gap("null", "evicted"), frame("5", receipts.get(5)), frame("6", receipts.get(6))));
  }

  @Test
  void clientThatHasTheNewestOfWhatWasEvictedMissesNothing() throws Exception {
    Broker broker = open(Broker.builder().historyEvents(2));
    List<Receipt> receipts = publish(broker, "t", 0, 7);
    RecordingSink sink = stage.recording();

    Subscription subscription =
        broker.subscription("t").lastEventId(receipts.get(4).id()).open(sink);

    assertReceived(
        subscription, sink, List.of(frame("5", receipts.get(5)), frame("6", receipts.get(6))));
  }

  @Test
  void idOfAnEarlierLifeIsToldAndFollowedByAllThatIsKept() throws Exception {
    String old = open().publish("t", Event.of("old")).id();
    Broker broker = open(Broker.builder().historyEvents(2));
    List<Receipt> receipts = publish(broker, "t", 0, 3);
    RecordingSink sink = stage.recording();

    Subscription subscription = broker.subscription("t").lastEventId(old).open(sink);

    assertReceived(
        subscription,
        sink,
        List.of(
            gap("null", "restarted"), frame("1", receipts.get(1)), frame("2", receipts.get(2))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"garbage", "-1", "7", "a:b-1", "abc-01", "abc-", "abc-9999999999999999999"})
  void idThatNoBrokerGaveOutIsToldAndFollowedByWhatComes(String id) throws Exception {
    Broker broker = open();
    publish(broker, "t", 0, 3);
    RecordingSink sink = stage.recording();

    Subscription subscription = broker.subscription("t").lastEventId(id).open(sink);
    Receipt live = broker.publish("t", Event.of("live"));

    assertReceived(subscription, sink, List.of(gap("null", "unknown-id"), frame("live", live)));
  }

  @Test
  void clientWithAnUnknownIdReceivesWhatIsPublishedBeforeItsFirstWriteIsOver() throws Exception {
    Broker broker = open();
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscription("t").lastEventId("garbage").open(sink);
    sink.awaitBlocked();

    Receipt receipt = broker.publish("t", Event.of("a"));
    sink.open();

    Stage.assertReceipt(1, 0, receipt);
    assertReceived(subscription, sink, List.of(gap("null", "unknown-id"), frame("a", receipt)));
  }

  @Test
  void idOfAnEventThatDoesNotExistYetIsToldAndFollowedByWhatComes() throws Exception {
    Broker broker = open();
    Receipt last = publish(broker, "t", 0, 3).getLast();
    RecordingSink sink = stage.recording();
    String next = last.id().replaceAll("-3$", "-4");

    Subscription subscription = broker.subscription("t").lastEventId(next).open(sink);
    Receipt live = broker.publish("t", Event.of("live"));

    assertEquals(next, live.id());
    assertReceived(subscription, sink, List.of(gap("null", "future-id"), frame("live", live)));
  }

  @Test
  void brokerWithoutAHistorySendsNoIdsAndKnowsNone() throws Exception {
    Broker broker = open(Broker.builder().historyEvents(0));
    Receipt old = broker.publish("t", Event.of("old"));
    RecordingSink sink = stage.recording();

    Subscription subscription = broker.subscription("t").lastEventId(old.id()).open(sink);
    broker.publish("t", Event.of("live"));

    assertReceived(subscription, sink, List.of(gap("null", "unknown-id"), "data: live"));
  }

  @Test
  void severalTopicsAreReplayedInTheirCommonOrderAndEachEventOnce() throws Exception {
    Broker broker = open();
    Receipt first = broker.publish("a", Event.of("first"));
    List<String> expected = new ArrayList<>();
    List<String> topics = List.of("a", "b/x", "b/y", "c/x/y", "c", "b/x/z", "other");
    for (int i = 0; i < 70; i++) {
      String topic = topics.get(i * 3 % 7);
      Receipt receipt = broker.publish(topic, Event.of(topic));
      if (List.of("a", "b/x", "b/y", "c/x/y").contains(topic)) {
        expected.add(frame(topic, receipt));
      }
    }
    RecordingSink sink = stage.recording();

    Subscription subscription =
        broker.subscription("a", "b/*", "*/x", "c/**").lastEventId(first.id()).open(sink);
    expected.add(frame("new", broker.publish("c/new/topic", Event.of("new"))));

    assertReceived(subscription, sink, expected);
  }

  @Test
  void clientThatEndsBehindReceivesWhatWasPublishedBeforeItsEndOnly() throws Exception {
    Broker broker = open();
    List<Receipt> receipts = publish(broker, "t", 0, 3);
    GatedSink sink = stage.gated();
    Subscription subscription =
        broker.subscription("t").lastEventId(receipts.getFirst().id()).open(sink);
    sink.awaitBlocked();
    Receipt before = broker.publish("t", Event.of("before"));
    assertEquals(new Receipt(before.id(), 0, 1, 0), before);

    subscription.close();
    Stage.assertReceipt(0, 0, broker.publish("t", Event.of("after")));
    sink.open();

    assertReceived(
        subscription,
        sink,
        List.of(frame("1", receipts.get(1)), frame("2", receipts.get(2)), frame("before", before)));
  }

  @Test
  void clientThatIsCutBehindReceivesNothingMore() throws Exception {
    Broker broker = open();
    List<Receipt> receipts = publish(broker, "t", 0, 3);
    GatedSink sink = stage.gated();
    Subscription subscription =
        broker.subscription("t").lastEventId(receipts.getFirst().id()).open(sink);
    sink.awaitBlocked();

    subscription.disconnected();

    assertEquals(CloseReason.DISCONNECTED, subscription.awaitEnd());
    assertEquals(List.of(), sink.rest());
    assertEquals(0, broker.stats().clients().replaying());
  }

  /** More than one page of history, which is 64 KiB. */
  @Test
  void longReplayComesInPagesWithoutAHole() throws Exception {
    Broker broker = open();
    Receipt first = broker.publish("t", Event.of("first"));
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      String data = "x".repeat(10_000) + i;
      expected.add(frame(data, broker.publish("t", Event.of(data))));
    }
    RecordingSink sink = stage.recording();

    Subscription subscription = broker.subscription("t").lastEventId(first.id()).open(sink);

    assertReceived(subscription, sink, expected);
  }

  private Broker open() {
    return open(Broker.builder());
  }

  private Broker open(Broker.Builder builder) {
    return stage.open(builder.listener(stage.listener));
  }

  private static List<Receipt> publish(Broker broker, String topic, int from, int to) {
    List<Receipt> receipts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      receipts.add(broker.publish(topic, Event.of(Integer.toString(i))));
    }
    return receipts;
  }

  private static String frame(String data, Receipt receipt) {
    return "data: " + data + "\nid: " + receipt.id();
  }

  private static String gap(String missed, String reason) {
    return "event: gap\ndata: {\"missed\":%s,\"reason\":\"%s\"}".formatted(missed, reason);
  }

  /** Exactly these frames, up to the client's orderly end. */
  private static void assertReceived(
      Subscription subscription, RecordingSink sink, List<String> frames) throws Exception {
    assertEnd(subscription, sink);
    assertEquals(frames, sink.rest());
  }

  private static void assertEnd(Subscription subscription, RecordingSink sink) throws Exception {
    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    assertTrue(sink.isEnded());
    sink.expect(COMMENT);
  }
}
