package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the housekeeper does at which time. The time is the test's own, and so are the housekeeper's
 * looks: its thread does nothing.
 */
class BrokerHousekeeperTest {
  private static final ThreadFactory VIRTUAL = Thread.ofVirtual().factory();

  @RegisterExtension final Stage stage = new Stage();

  private final AtomicLong now = new AtomicLong();
  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
  private final List<Broker> brokers = new ArrayList<>();
  private @Nullable Housekeeper housekeeper;

  @AfterEach
  void close() {
    for (Broker broker : brokers) {
      assertTrue(broker.close(Stage.PATIENCE));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1_000_000_000_000L, Long.MAX_VALUE - 1_000_000_000L})
  void idleClientIsWrittenACommentOncePerHeartbeat(long begin) throws Exception {
    now.set(begin);
    Broker broker = open(Broker.builder().heartbeat(Duration.ofSeconds(10)));
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    sink.expect(COMMENT);
    awaitIdle(subscription);

    pass(Duration.ofSeconds(10).minusNanos(1));
    housekeeper().look();
    assertQuiet(subscription, sink);
    pass(Duration.ofNanos(1));
    housekeeper().look();
    sink.expect(COMMENT);
    awaitIdle(subscription);

    housekeeper().look();
    assertQuiet(subscription, sink);
    pass(Duration.ofSeconds(10));
    housekeeper().look();
    sink.expect(COMMENT);
  }

  @Test
  void clientWithTrafficIsWrittenNoComment() throws Exception {
    Broker broker = open(Broker.builder().historyEvents(0).heartbeat(Duration.ofSeconds(10)));
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    sink.expect(COMMENT);
    awaitIdle(subscription);

    for (int i = 0; i < 3; i++) {
      pass(Duration.ofSeconds(6));
      housekeeper().look();
      assertQuiet(subscription, sink);
      broker.publish("t", Event.of("x"));
      sink.expect("data: x");
      awaitIdle(subscription);
    }
  }

  @Test
  void clientThatIsBeingWrittenToIsGivenNoComment() throws Exception {
    Broker broker = open(Broker.builder().heartbeat(Duration.ofSeconds(10)));
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();

    pass(Duration.ofSeconds(20));
    housekeeper().look();
    sink.open();

    sink.expect(COMMENT);
    assertQuiet(subscription, sink);
  }

  /** The only test here whose housekeeper has a thread and a clock of the JDK's. */
  @Test
  void pulseBeatsByItself() throws Exception {
    Broker broker =
        stage.open(Stage.plain().heartbeat(Duration.ofHours(1)).listener(stage.listener));
    RecordingSink sink = stage.recording();
    Subscription subscription =
        broker.subscription("t").heartbeat(Duration.ofMillis(100)).open(sink);

    sink.expect(COMMENT, COMMENT, COMMENT);

    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    sink.rest();
  }

  @Test
  void subscriptionMayHaveAHeartbeatOfItsOwn() throws Exception {
    Broker broker = open(Broker.builder().heartbeat(Duration.ofSeconds(10)));
    RecordingSink fast = stage.recording();
    RecordingSink slow = stage.recording();
    RecordingSink plain = stage.recording();
    Subscription first = broker.subscription("a").heartbeat(Duration.ofSeconds(2)).open(fast);
    Subscription second = broker.subscription("b").heartbeat(Duration.ofSeconds(30)).open(slow);
    Subscription third = broker.subscribe("c", plain);
    for (RecordingSink sink : List.of(fast, slow, plain)) {
      sink.expect(COMMENT);
    }
    for (Subscription subscription : List.of(first, second, third)) {
      awaitIdle(subscription);
    }

    pass(Duration.ofSeconds(2));
    housekeeper().look();
    fast.expect(COMMENT);
    awaitIdle(first);
    assertQuiet(second, slow);
    assertQuiet(third, plain);
    pass(Duration.ofSeconds(8));
    housekeeper().look();

    fast.expect(COMMENT);
    plain.expect(COMMENT);
    assertQuiet(second, slow);
    awaitIdle(first);
    awaitIdle(third);
    pass(Duration.ofSeconds(20));
    housekeeper().look();
    slow.expect(COMMENT);
    fast.expect(COMMENT);
    plain.expect(COMMENT);
  }

  @Test
  void writeThatTakesTooLongIsCut() throws Exception {
    Broker broker = open(Broker.builder().writeDeadline(Duration.ofSeconds(5)));
    GatedSink stuck = stage.gated();
    RecordingSink other = stage.recording();
    Subscription subscription = broker.subscribe("t", stuck);
    Subscription healthy = broker.subscribe("t", other);
    stuck.awaitBlocked();
    other.expect(COMMENT);
    awaitIdle(healthy);

    pass(Duration.ofSeconds(5));
    housekeeper().look();
    assertFalse(stuck.isClosed());
    pass(Duration.ofNanos(2));
    housekeeper().look();

    assertEquals(CloseReason.WRITE_TIMED_OUT, subscription.awaitEnd());
    assertFalse(stuck.isEnded());
    assertEquals(List.of(), stuck.rest());
    assertEquals(1, broker.stats().clients().ended().get(CloseReason.WRITE_TIMED_OUT));
    assertEquals(1, broker.clientCount());
  }

  @Test
  void clientThatIsEndingIsHeldToItsWriteDeadlineAndKeepsItsReason() throws Exception {
    Broker broker = open(Broker.builder().writeDeadline(Duration.ofSeconds(5)));
    GatedSink stuck = stage.gated();
    Subscription subscription = broker.subscribe("t", stuck);
    stuck.awaitBlocked();
    subscription.close();

    pass(Duration.ofSeconds(6));
    housekeeper().look();

    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    assertFalse(stuck.isEnded());
  }

  @Test
  void longSilenceIsNoLongWrite() throws Exception {
    Broker broker = open(Broker.builder().historyEvents(0).writeDeadline(Duration.ofSeconds(5)));
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    sink.expect(COMMENT);
    awaitIdle(subscription);

    pass(Duration.ofSeconds(10));
    housekeeper().look();

    Stage.assertReceipt(1, 0, broker.publish("t", Event.of("x")));
    sink.expect("data: x");
  }

  @Test
  void oldClientReceivesWhatIsQueuedAndAProperEnd() throws Exception {
    Broker broker = open(Broker.builder().historyEvents(0).maxAge(Duration.ofSeconds(20)));
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    broker.publish("t", Event.of("before"));

    pass(Duration.ofSeconds(16).minusNanos(1));
    housekeeper().look();
    Stage.assertReceipt(1, 0, broker.publish("t", Event.of("young enough")));
    pass(Duration.ofSeconds(4).plusNanos(1));
    housekeeper().look();
    Stage.assertReceipt(0, 0, broker.publish("t", Event.of("too late")));
    assertFalse(sink.isClosed());
    sink.open();

    assertEquals(CloseReason.MAX_AGE, subscription.awaitEnd());
    assertTrue(sink.isEnded());
    sink.expect(COMMENT, "data: before", "data: young enough");
  }

  @Test
  void clientsEndSpreadOverTheLastFifthOfTheirAge() throws Exception {
    Broker broker =
        // The clock jumps while writers write: none of them is to be late because of it.
        open(
            Broker.builder()
                .maxAge(Duration.ofSeconds(1000))
                .heartbeat(Duration.ofHours(1))
                .writeDeadline(Duration.ofHours(1)));
    List<Subscription> subscriptions = new ArrayList<>();
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sinks.add(stage.recording());
      subscriptions.add(broker.subscribe("t", sinks.getLast()));
    }
    RecordingSink other = stage.recording();
    broker.subscription("t").maxAge(Duration.ofMinutes(25)).open(other);
    for (Subscription subscription : subscriptions) {
      awaitIdle(subscription);
    }

    pass(Duration.ofSeconds(800).minusNanos(1));
    housekeeper().look();
    int left = clientsThatReceive(broker);
    assertEquals(201, left);
    for (int tenth = 0; tenth < 10; tenth++) {
      pass(Duration.ofSeconds(20));
      housekeeper().look();
      int before = left;
      left = clientsThatReceive(broker);
      assertTrue(left < before, () -> "nobody left in a fiftieth of " + before + " clients' age");
    }
    pass(Duration.ofNanos(1));
    housekeeper().look();

    assertEquals(1, clientsThatReceive(broker));
    for (Subscription subscription : subscriptions) {
      assertEquals(CloseReason.MAX_AGE, subscription.awaitEnd());
    }
    assertTrue(broker.close(Stage.PATIENCE));
    sinks.add(other);
    for (RecordingSink sink : sinks) {
      assertTrue(sink.isEnded());
      sink.rest();
    }
  }

  private static int clientsThatReceive(Broker broker) {
    return broker.publish("t", Event.of("x")).queued();
  }

  @Test
  void historyForgetsWhatIsTooOld() throws Exception {
    Broker broker = open(Broker.builder().historyAge(Duration.ofSeconds(10)));
    Receipt first = broker.publish("t", Event.of("first"));
    pass(Duration.ofSeconds(4));
    Receipt second = broker.publish("t", Event.of("second"));

    pass(Duration.ofSeconds(6));
    housekeeper().look();
    assertEquals(2, broker.stats().history().events());
    pass(Duration.ofNanos(1));
    housekeeper().look();
    assertEquals(1, broker.stats().history().events());

    RecordingSink sink = stage.recording();
    broker.subscription("t").lastEventId(first.id()).open(sink);
    sink.expect(COMMENT, "data: second\nid: " + second.id());
    pass(Duration.ofSeconds(4));
    housekeeper().look();
    assertEquals(0, broker.stats().history().events());
    assertEquals(0, broker.stats().history().bytes());
  }

  private Broker open(Broker.Builder builder) {
    Broker broker = builder.listener(stage.listener).open(this::newThread, now::get);
    brokers.add(broker);
    return broker;
  }

  private Thread newThread(Runnable task) {
    Thread thread = VIRTUAL.newThread(task instanceof Housekeeper beating ? keep(beating) : task);
    threads.add(thread);
    return thread;
  }

  /** Takes the housekeeper from its thread, which has nothing to do then. */
  private Runnable keep(Housekeeper beating) {
    housekeeper = beating;
    return () -> {};
  }

  private Housekeeper housekeeper() {
    return Objects.requireNonNull(housekeeper);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  /** Nothing is on its way to the client, and nothing has come. */
  private void assertQuiet(Subscription subscription, RecordingSink sink) {
    awaitIdle(subscription);
    assertEquals(List.of(), sink.rest());
  }

  /** Waits until all that the client was to be written is written. */
  private void awaitIdle(Subscription subscription) {
    String name = "sse-writer-" + subscription.id();
    List<Thread> writers = threads.stream().filter(t -> t.getName().equals(name)).toList();
    assertFalse(writers.isEmpty(), "there never was a writer");
    for (Thread writer : writers) {
      while (writer.getState() != Thread.State.TERMINATED) {
        Thread.onSpinWait();
      }
    }
  }
}
