package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Brokers that share a log. */
class BrokerLogTest {
  @RegisterExtension final Stage stage = new Stage();

  private final MemoryLog log = new MemoryLog(1000);

  @Test
  void clientsOfEachBrokerReceiveWhatAnyOfThemPublishes() throws Exception {
    Broker here = open();
    Broker there = open();
    RecordingSink one = subscribe(here);
    RecordingSink two = subscribe(there);

    Receipt first = here.publish("t", Event.of("1"));
    Receipt second = there.publish("t", Event.of("2"));

    for (RecordingSink sink : List.of(one, two)) {
      sink.expect(COMMENT, frame("1", first), frame("2", second));
    }
  }

  @Test
  void receiptSaysThatTheEventIsStored() throws Exception {
    Broker broker = open();
    RecordingSink sink = subscribe(broker);

    Receipt receipt = broker.publish("t", Event.of("1"));
    List<Receipt> more = broker.publish("t", List.of(Event.of("2"), Event.of("3").withId("own")));

    String epoch = log.join().end().epoch();
    assertEquals(new Receipt(epoch + "-1", 0, 0, 0), receipt);
    assertEquals(List.of(new Receipt(epoch + "-2", 0, 0, 0), new Receipt("own", 0, 0, 0)), more);
    assertEquals(List.of(), broker.publish("t", List.of()));
    sink.expect(COMMENT, frame("1", receipt), frame("2", more.get(0)), frame("3", more.get(1)));
  }

  @Test
  void clientGoesOnAtAnotherBroker() throws Exception {
    Broker here = open();
    Broker there = open();
    List<Receipt> receipts = publish(here, "t", 5);

    RecordingSink sink = resume(there, receipts.get(1).id());

    sink.expect(COMMENT, frame("2", receipts.get(2)));
    sink.expect(frame("3", receipts.get(3)), frame("4", receipts.get(4)));
    sink.expect(frame("live", there.publish("t", Event.of("live"))));
  }

  @Test
  void brokerThatCameLaterServesFromTheLogWhatItNeverSaw() throws Exception {
    Broker here = open();
    publish(here, "elsewhere", 300);
    List<Receipt> receipts = publish(here, "t", 600);
    FaultyLog way = new FaultyLog(log);
    Broker later = open(Broker.builder(), way);

    RecordingSink sink = resume(later, receipts.getFirst().id());

    sink.expect(COMMENT);
    for (int i = 1; i < 600; i++) {
      sink.expect(frame(Integer.toString(i), receipts.get(i)));
    }
    sink.expect(frame("live", here.publish("t", Event.of("live"))));
    assertEquals(1, later.stats().history().events());
  }

  @Test
  void crowdThatComesBackReadsTheLogOnce() throws Exception {
    List<Receipt> receipts = publish(open(), "t", 40);
    FaultyLog way = new FaultyLog(log);
    Broker later = open(Broker.builder(), way);
    List<RecordingSink> sinks = new ArrayList<>();

    for (int i = 0; i < 300; i++) {
      sinks.add(resume(later, receipts.get(i % 10).id()));
    }

    for (int i = 0; i < 300; i++) {
      sinks.get(i).expect(COMMENT);
      for (int next = i % 10 + 1; next < 40; next++) {
        sinks.get(i).expect(frame(Integer.toString(next), receipts.get(next)));
      }
    }
    assertTrue(way.pagesRead.get() <= 100, () -> way.pagesRead + " pages for 300 clients");
  }

  @Test
  void clientIsToldThatTheLogHasForgottenWhatItMissed() throws Exception {
    Broker here = open();
    List<Receipt> receipts = publish(here, "t", 1010);

    RecordingSink sink = resume(open(), receipts.get(3).id());

    sink.expect(COMMENT, gap("evicted"));
    for (int i = 10; i < 1010; i++) {
      sink.expect(frame(Integer.toString(i), receipts.get(i)));
    }
  }

  @Test
  void clientWhoseOutboxIsFullIsServedFromTheLogWhenTheHistoryHasForgotten() throws Exception {
    Broker broker = open(Broker.builder().historyEvents(5).queueEvents(2), log.join());
    RecordingSink other = subscribe(broker);
    GatedSink slow = stage.gated();
    broker.subscribe("t", slow);
    slow.awaitBlocked();

    List<Receipt> receipts = publish(broker, "t", 500);
    other.expect(COMMENT);
    for (int i = 0; i < 500; i++) {
      other.expect(frame(Integer.toString(i), receipts.get(i)));
    }
    slow.open();

    slow.expect(COMMENT);
    for (int i = 0; i < 500; i++) {
      slow.expect(frame(Integer.toString(i), receipts.get(i)));
    }
    String live = frame("live", broker.publish("t", Event.of("live")));
    slow.expect(live);
    other.expect(live);
  }

  @Test
  void idOfAnotherLogIsToldAndEverythingKeptIsGiven() throws Exception {
    Broker broker = open();
    List<Receipt> receipts = publish(broker, "t", 2);

    for (Broker any : List.of(broker, open())) {
      RecordingSink sink = resume(any, "0zz-7");

      sink.expect(COMMENT, gap("restarted"));
      sink.expect(frame("0", receipts.get(0)), frame("1", receipts.get(1)));
    }
  }

  @Test
  void idOfAnotherLogIsToldAlsoIfThereIsNothingToGive() throws Exception {
    Broker broker = open();

    RecordingSink sink = resume(broker, "0zz-7");

    sink.expect(COMMENT, gap("restarted"));
    sink.expect(frame("1", broker.publish("t", Event.of("1"))));
  }

  @Test
  void idThatIsNoneIsTold() throws Exception {
    Broker broker = open();
    publishAndAwait(broker, 2);

    RecordingSink sink = resume(broker, "what?");

    sink.expect(COMMENT, gap("unknown-id"));
    sink.expect(frame("live", broker.publish("t", Event.of("live"))));
  }

  @Test
  void idOfTheFutureIsTold() throws Exception {
    Broker broker = open();
    EventId last = EventId.parse(publishAndAwait(broker, 2).getLast().id()).orElseThrow();

    RecordingSink sink =
        resume(broker, new EventId(last.epoch(), last.sequence() + 1000).toString());

    sink.expect(COMMENT, gap("future-id"));
    sink.expect(frame("live", broker.publish("t", Event.of("live"))));
  }

  /** It comes from a broker that was faster; nothing may come twice. */
  @Test
  void clientThatIsAheadOfItsNewBrokerWaitsForIt() throws Exception {
    FaultyLog way = new FaultyLog(log);
    Broker slow = open(Broker.builder(), way);
    Broker fast = open();
    RecordingSink fresh = subscribe(slow);
    fresh.expect(COMMENT);
    way.holdFollower();
    List<Receipt> receipts = publish(fast, "t", 10);

    RecordingSink sink = resume(slow, receipts.get(7).id());
    sink.expect(COMMENT, frame("8", receipts.get(8)), frame("9", receipts.get(9)));
    RecordingSink level = resume(slow, receipts.get(9).id());
    level.expect(COMMENT);
    way.letFollowerGo();

    for (int i = 0; i < 10; i++) {
      fresh.expect(frame(Integer.toString(i), receipts.get(i)));
    }
    String live = frame("live", fast.publish("t", Event.of("live")));
    fresh.expect(live);
    sink.expect(live);
    level.expect(live);
    // A client that has read the event in the log is live when its broker has delivered it, too.
    Stage.await("no client replays", () -> slow.stats().clients().replaying() == 0);
  }

  @Test
  void clientGoesOnBehindAPublishersOwnId() throws Exception {
    Broker here = open();
    here.publish("t", Event.of("1").withId("order-1"));
    Receipt second = here.publish("t", Event.of("2"));

    for (Broker broker : List.of(here, open())) {
      RecordingSink sink = resume(broker, "order-1");
      sink.expect(COMMENT, frame("2", second));
    }
  }

  @Test
  void publishersOwnIdIsRefusedTwiceWhoeverPublishesIt() {
    open().publish("t", Event.of("1").withId("order-1"));

    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> open().publish("t", Event.of("1").withId("order-1")))
            .getMessage();

    assertEquals("id 'order-1' was published before", message);
  }

  @Test
  void clientsStayWhileTheLogIsAwayAndMissNothing() throws Exception {
    FaultyLog way = new FaultyLog(log);
    Broker cutOff = open(Broker.builder(), way);
    Broker other = open();
    RecordingSink sink = subscribe(cutOff);
    String early = other.publish("t", Event.of("early")).id();
    sink.expect(COMMENT, "data: early\nid: " + early);
    way.cut();

    Receipt missed = other.publish("t", Event.of("1"));
    assertEquals(
        "the log is cut",
        assertThrows(EventLogException.class, () -> cutOff.publish("t", Event.of("x")))
            .getMessage());
    RecordingSink late = resume(cutOff, "0zz-7");
    late.expect(COMMENT);
    way.awaitRefused(3);
    assertFalse(cutOff.stats().log().available());
    way.mend();

    sink.expect(frame("1", missed));
    late.expect(gap("restarted"), "data: early\nid: " + early, frame("1", missed));
    assertTrue(cutOff.stats().log().available());
  }

  @Test
  void clientIsKeptAliveWhileItWaitsForTheLog() throws Exception {
    FaultyLog way = new FaultyLog(log);
    way.cut();
    Broker broker = open(Broker.builder().heartbeat(Duration.ofMillis(100)), way);

    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscription("t").lastEventId("0zz-7").open(sink);

    sink.expect(COMMENT, COMMENT, COMMENT);
    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    assertEquals(List.of(), sink.rest().stream().filter(f -> !f.equals(COMMENT)).toList());
  }

  @Test
  void brokerOpensWithoutTheLogAndSaysWhatItDoesNotKnow() throws Exception {
    FaultyLog way = new FaultyLog(log);
    way.cut();
    Broker broker = open(Broker.builder(), way);
    List<Receipt> receipts = publish(open(), "t", 3);
    RecordingSink fresh = subscribe(broker);
    RecordingSink back = resume(broker, receipts.getFirst().id());
    RecordingSink lost = resume(broker, "what?");
    for (RecordingSink sink : List.of(fresh, back, lost)) {
      sink.expect(COMMENT);
    }

    way.awaitRefused(3);
    way.mend();

    fresh.expect(gap("unavailable"));
    back.expect(frame("1", receipts.get(1)), frame("2", receipts.get(2)));
    lost.expect(gap("unknown-id"));
    Receipt live = broker.publish("t", Event.of("live"));
    for (RecordingSink sink : List.of(fresh, back, lost)) {
      sink.expect(frame("live", live));
    }
  }

  @Test
  void clientsAreToldThatTheLogBeganAnew() throws Exception {
    FaultyLog way = new FaultyLog(log);
    Broker broker = open(Broker.builder(), way);
    RecordingSink sink = subscribe(broker);
    sink.expect(COMMENT);
    publish(broker, "t", 3);
    sink.take(3);
    Receipt old = broker.publish("t", Event.of("old"));
    sink.expect(frame("old", old));

    way.becomes(new MemoryLog(100));
    Receipt young = broker.publish("t", Event.of("young"));

    sink.expect(gap("restarted"), frame("young", young));
    RecordingSink back = resume(broker, old.id());
    back.expect(COMMENT, gap("restarted"), frame("young", young));
    // Up to the sequence that the last event of the old log had, and beyond.
    for (int i = 0; i < 5; i++) {
      String next = frame("next", broker.publish("t", Event.of("next")));
      sink.expect(next);
      back.expect(next);
    }
  }

  @Test
  void clientsAreToldOfWhatWasForgottenWhileTheLogWasAway() throws Exception {
    FaultyLog way = new FaultyLog(log);
    Broker broker = open(Broker.builder(), way);
    Broker other = open();
    RecordingSink sink = subscribe(broker);
    RecordingSink dropping = stage.recording();
    broker.subscription("t").overflow(Overflow.DROP_OLDEST).open(dropping);
    sink.expect(COMMENT);
    dropping.expect(COMMENT);
    way.cut();
    way.awaitRefused(1);
    List<Receipt> receipts = publish(other, "t", 1010);

    way.mend();

    for (RecordingSink each : List.of(sink, dropping)) {
      each.expect(gap("evicted"));
      for (int i = 10; i < 1010; i++) {
        each.expect(frame(Integer.toString(i), receipts.get(i)));
      }
    }
  }

  @Test
  void policyThatDropsCountsWhatItDropped() throws Exception {
    Broker broker =
        open(Broker.builder().overflow(Overflow.DROP_NEWEST).queueEvents(1), log.join());
    RecordingSink other = stage.recording();
    broker.subscription("t").overflow(Overflow.REPLAY).queueEvents(100).open(other);
    GatedSink slow = stage.gated();
    broker.subscribe("t", slow);
    slow.awaitBlocked();
    List<Receipt> receipts = publish(broker, "t", 9);
    other.expect(COMMENT);
    for (int i = 0; i < 9; i++) {
      other.expect(frame(Integer.toString(i), receipts.get(i)));
    }

    slow.open();

    slow.expect(COMMENT, frame("0", receipts.get(0)));
    slow.expect("event: gap\ndata: {\"missed\":8,\"reason\":\"overflow\"}");
  }

  @Test
  void closedBrokerClosesItsLogAndLeavesTheOthersAlone() throws Exception {
    FaultyLog way = new FaultyLog(log);
    Broker broker = open(Broker.builder(), way);
    Broker other = open();

    assertTrue(broker.close(Stage.PATIENCE));

    assertTrue(way.isClosed());
    assertThrows(BrokerClosedException.class, () -> broker.publish("t", Event.of("x")));
    RecordingSink sink = subscribe(other);
    sink.expect(COMMENT, frame("x", other.publish("t", Event.of("x"))));
  }

  @Test
  void brokerClosesWhileTheLogIsAway() throws Exception {
    FaultyLog way = new FaultyLog(log);
    way.cut();
    Broker broker = open(Broker.builder(), way);
    RecordingSink back = resume(broker, "0zz-7");
    RecordingSink fresh = subscribe(broker);

    assertTrue(broker.close(Stage.PATIENCE));

    for (RecordingSink sink : List.of(back, fresh)) {
      sink.expect(COMMENT);
      assertTrue(sink.isEnded());
    }
  }

  @Test
  void brokerWithALogNeedsAHistory() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Broker.builder().historyEvents(0).log(log.join()).open())
            .getMessage();

    assertEquals("historyEvents is 0; a broker that shares a log needs at least 1", message);
  }

  private Broker open() {
    return open(Broker.builder(), log.join());
  }

  private Broker open(Broker.Builder builder, EventLog way) {
    return stage.open(builder.log(way));
  }

  private RecordingSink subscribe(Broker broker) {
    RecordingSink sink = stage.recording();
    broker.subscribe("t", sink);
    return sink;
  }

  private RecordingSink resume(Broker broker, String lastEventId) {
    RecordingSink sink = stage.recording();
    broker.subscription("t").lastEventId(lastEventId).open(sink);
    return sink;
  }

  /** Returns when the broker has brought the events to its clients. */
  private List<Receipt> publishAndAwait(Broker broker, int count) throws Exception {
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    List<Receipt> receipts = publish(broker, "t", count);
    sink.take(1 + count);
    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    return receipts;
  }

  private static List<Receipt> publish(Broker broker, String topic, int count) {
    List<Receipt> receipts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      receipts.add(broker.publish(topic, Event.of(Integer.toString(i))));
    }
    return receipts;
  }

  private static String frame(String data, Receipt receipt) {
    return "data: " + data + "\nid: " + receipt.id();
  }

  private static String gap(String reason) {
    return "event: gap\ndata: {\"missed\":null,\"reason\":\"%s\"}".formatted(reason);
  }
}
