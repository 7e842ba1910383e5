package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a broker tells of itself and of its clients. */
class BrokerStatsTest {
  private static final String COMMENT_FRAME = COMMENT + "\n\n";

  @RegisterExtension final Stage stage = new Stage();

  @Test
  void newBrokerHasDoneNothing() {
    Broker broker = stage.open();

    assertEquals(
        new BrokerStatsSnapshot(
            new BrokerStatsSnapshot.ClientFigures(0, 0, 0, ended()),
            new BrokerStatsSnapshot.EventFigures(0, 0, 0, 0, 0, 0),
            new BrokerStatsSnapshot.HistoryFigures(0, 0),
            new BrokerStatsSnapshot.QueueFigures(0, 0, Duration.ZERO),
            new BrokerStatsSnapshot.LogFigures(true)),
        broker.stats());
  }

  @Test
  void statsCountEverythingOnce() throws Exception {
    Broker broker =
        stage.open(Broker.builder().historyEvents(3).queueEvents(2).listener(stage.listener));
    GatedSink stuck = stage.gated();
    RecordingSink quick = stage.recording();
    RecordingSink gone = stage.recording();
    Subscription behind = broker.subscribe("t", stuck);
    Subscription level = broker.subscription("t", "u").queueEvents(100).open(quick);
    Subscription left = broker.subscribe("t", gone);
    stuck.awaitBlocked();
    gone.expect(COMMENT);
    left.disconnected();
    assertEquals(CloseReason.DISCONNECTED, left.awaitEnd());
    quick.expect(COMMENT);

    String frame = "data: x\nid: " + broker.publish("t", Event.of("x")).id() + "\n\n";
    long length = frame.getBytes(UTF_8).length;
    for (int i = 1; i < 8; i++) {
      broker.publish("t", Event.of("x"));
    }
    broker.publish("nobody", Event.of("x"));
    quick.take(8);
    level.close();
    assertEquals(CloseReason.UNSUBSCRIBED, level.awaitEnd());

    BrokerStats before = broker.stats();
    assertEquals(1, before.clients().current());
    assertEquals(1, before.clients().replaying());
    assertEquals(3, before.clients().added());
    assertEquals(
        ended(CloseReason.DISCONNECTED, CloseReason.UNSUBSCRIBED), before.clients().ended());
    assertEquals(9, before.events().published());
    assertEquals(8, before.events().delivered());
    assertEquals(2L * COMMENT_FRAME.length() + 8 * length, before.events().deliveredBytes());
    assertEquals(0, before.events().dropped());
    assertEquals(0, before.events().gaps());
    assertEquals(0, before.events().missed());
    assertEquals(4, before.history().events());
    assertEquals(4 * length, before.history().bytes());
    assertEquals(2, before.queues().longestEvents());
    assertEquals(2 * length, before.queues().bytes());

    stuck.open();
    stuck.take(1 + 2 + 1 + 3);
    behind.close();
    assertEquals(CloseReason.UNSUBSCRIBED, behind.awaitEnd());
    String gap = "event: gap\ndata: {\"missed\":3,\"reason\":\"evicted\"}\n\n";
    assertEquals(
        new BrokerStatsSnapshot(
            new BrokerStatsSnapshot.ClientFigures(
                0,
                0,
                3,
                ended(
                    CloseReason.DISCONNECTED, CloseReason.UNSUBSCRIBED, CloseReason.UNSUBSCRIBED)),
            new BrokerStatsSnapshot.EventFigures(
                9, 8 + 5, 3L * COMMENT_FRAME.length() + 13 * length + gap.length(), 0, 1, 3),
            new BrokerStatsSnapshot.HistoryFigures(4, 4 * length),
            new BrokerStatsSnapshot.QueueFigures(0, 0, Duration.ZERO),
            new BrokerStatsSnapshot.LogFigures(true)),
        broker.stats());
  }

  @Test
  void statsCountWhatPoliciesDrop() throws Exception {
    Broker broker = stage.open(Stage.plain().queueEvents(1).listener(stage.listener));
    List<GatedSink> sinks = new ArrayList<>();
    List<Subscription> subscriptions = new ArrayList<>();
    for (Overflow overflow :
        List.of(Overflow.DROP_OLDEST, Overflow.DROP_NEWEST, Overflow.LATEST, Overflow.REPLAY)) {
      sinks.add(stage.gated());
      subscriptions.add(broker.subscription("t").overflow(overflow).open(sinks.getLast()));
      sinks.getLast().awaitBlocked();
    }
    GatedSink disconnected = stage.gated();
    Subscription tooSlow = broker.subscribe("t", disconnected);
    disconnected.awaitBlocked();

    broker.publish("t", Event.of("a"));
    broker.publish("t", Event.of("b"));
    broker.publish("t", Event.of("c"));

    assertEquals(CloseReason.TOO_SLOW, tooSlow.awaitEnd());
    assertEquals(4 * 2 + 1, broker.stats().events().dropped());
    assertEquals(0, broker.stats().clients().replaying());
    for (int i = 0; i < 4; i++) {
      sinks.get(i).open();
      subscriptions.get(i).close();
      assertEquals(CloseReason.UNSUBSCRIBED, subscriptions.get(i).awaitEnd());
      assertEquals(3, sinks.get(i).rest().size());
    }
    assertEquals(4, broker.stats().events().gaps());
    assertEquals(4 * 2, broker.stats().events().missed());
    assertEquals(4, broker.stats().events().delivered());
    assertEquals(
        ended(
            CloseReason.TOO_SLOW,
            CloseReason.UNSUBSCRIBED,
            CloseReason.UNSUBSCRIBED,
            CloseReason.UNSUBSCRIBED,
            CloseReason.UNSUBSCRIBED),
        broker.stats().clients().ended());
  }

  @Test
  void lagIsWhatWaitsForTheClientAndForHowLong() throws Exception {
    AtomicLong now = new AtomicLong(1_000);
    try (Broker broker =
        Broker.builder()
            .queueEvents(2)
            .listener(stage.listener)
            .open(Thread.ofVirtual().factory(), now::get)) {
      GatedSink stuck = stage.gated();
      GatedSink other = stage.gated();
      Subscription subscription = broker.subscribe("t", stuck);
      Subscription second = broker.subscription("t", "u").queueEvents(100).open(other);
      GatedSink last = stage.gated();
      broker.subscribe("v", last);
      for (GatedSink sink : List.of(stuck, other, last)) {
        sink.awaitBlocked();
      }
      assertEquals(new Lag(0, 0, Duration.ZERO), subscription.lag());

      String id = broker.publish("t", Event.of("x")).id();
      long length = ("data: x\nid: " + id + "\n\n").length();
      now.addAndGet(20);
      for (int i = 0; i < 4; i++) {
        broker.publish("t", Event.of("x"));
      }
      now.addAndGet(300);

      assertEquals(new Lag(5, 2 * length, Duration.ofNanos(320)), subscription.lag());
      assertEquals(new Lag(5, 5 * length, Duration.ofNanos(320)), second.lag());
      broker.publish("v", Event.of("x"));
      assertEquals(Duration.ofNanos(320), broker.stats().queues().oldestAge());
      assertEquals(5, broker.stats().queues().longestEvents());
      assertEquals(8 * length, broker.stats().queues().bytes());
      stuck.open();
      other.open();
      last.open();
      last.take(2);
      stuck.take(6);
      other.take(6);
      assertEquals(new Lag(0, 0, Duration.ZERO), subscription.lag());
      assertEquals(new Lag(0, 0, Duration.ZERO), second.lag());
    }
  }

  @Test
  void awaitEndWaitsAndCanBeInterrupted() throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    sink.expect(COMMENT);
    Future<CloseReason> end = Stage.async(subscription::awaitEnd);

    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, subscription::awaitEnd);
    assertEquals(1, broker.clientCount());
    broker.close();

    assertEquals(CloseReason.BROKER_CLOSED, Stage.await(end));
    assertTrue(sink.isClosed());
    assertEquals(CloseReason.BROKER_CLOSED, subscription.awaitEnd());
  }

  @Test
  void listenerHearsWhatEachClientMissed() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    BrokerListener listener =
        new BrokerListener() {
          @Override
          public void clientMissed(
              Subscription subscription, OptionalLong missed, GapReason reason) {
            heard.add(
                "%d: %s %s"
                    .formatted(
                        subscription.id(),
                        missed.isPresent() ? missed.getAsLong() : "unknown",
                        reason));
          }
        };
    Broker broker = stage.open(Broker.builder().queueEvents(2).listener(listener));
    RecordingSink first = stage.recording();
    broker.subscription("t").lastEventId("garbage").open(first);
    first.expect(COMMENT, "event: gap\ndata: {\"missed\":null,\"reason\":\"unknown-id\"}");
    assertEquals("1: unknown UNKNOWN_ID", next(heard));
    assertEquals(1, broker.stats().events().gaps());
    assertEquals(0, broker.stats().events().missed());
    GatedSink second = stage.gated();
    Subscription drops =
        broker.subscription("u").overflow(Overflow.DROP_OLDEST).queueEvents(1).open(second);
    second.awaitBlocked();

    broker.publish("u", List.of(Event.of("a"), Event.of("b"), Event.of("c")));
    assertEquals(0, heard.size());
    second.open();

    assertEquals("2: 2 OVERFLOW", next(heard));
    drops.close();
    assertEquals(CloseReason.UNSUBSCRIBED, drops.awaitEnd());
    assertEquals(3, second.rest().size());
  }

  private static String next(BlockingQueue<String> heard) throws InterruptedException {
    return String.valueOf(heard.poll(Stage.PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  /** How often each reason is given here; every reason has an entry. */
  private static Map<CloseReason, Long> ended(CloseReason... reasons) {
    Map<CloseReason, Long> ended = new EnumMap<>(CloseReason.class);
    for (CloseReason reason : CloseReason.values()) {
      ended.put(reason, Arrays.stream(reasons).filter(r -> r == reason).count());
    }
    return ended;
  }
}
