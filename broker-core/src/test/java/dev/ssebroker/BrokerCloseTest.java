package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrokerCloseTest {
  private static final Duration AGES = Duration.ofDays(1);

  @RegisterExtension final Stage stage = new Stage();

  @Test
  void closedBrokerRefusesEvents() {
    Broker broker = stage.open();
    broker.close();

    assertThrows(BrokerClosedException.class, () -> broker.publish("t", Event.of("a")));
  }

  @Test
  void closedBrokerRefusesClientsAndLeavesTheirSinksAlone() {
    Broker broker = stage.open();
    RecordingSink sink = new RecordingSink();
    broker.close();

    assertThrows(BrokerClosedException.class, () -> broker.subscribe("t", sink));

    assertFalse(sink.isClosed());
    assertEquals(0, broker.clientCount());
  }

  @Test
  void brokerWithoutClientsCloses() {
    Broker broker = stage.open();

    assertTrue(broker.close(Duration.ZERO));
    assertTrue(broker.close(AGES));
  }

  @Test
  void closeLetsClientsReceiveWhatIsQueuedAndAProperEnd() throws Exception {
    Broker broker = stage.open(2);
    List<GatedSink> sinks = new ArrayList<>();
    List<Subscription> subscriptions = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      sinks.add(stage.gated());
      subscriptions.add(broker.subscribe("t", sinks.getLast()));
      sinks.getLast().awaitBlocked();
    }
    broker.publish("t", Event.of("a"));
    broker.publish("t", Event.of("b"));

    Future<Boolean> drained = Stage.async(() -> broker.close(AGES));
    Stage.awaitClosing(broker);
    for (GatedSink sink : sinks) {
      assertFalse(sink.isClosed());
      sink.open();
    }

    assertTrue(Stage.await(drained));
    assertEquals(0, broker.clientCount());
    for (int i = 0; i < 3; i++) {
      sinks.get(i).expect(COMMENT, "data: a", "data: b");
      assertTrue(sinks.get(i).isEnded());
      assertTrue(sinks.get(i).isClosed());
      assertEquals(CloseReason.BROKER_CLOSED, stage.listener.reasonOf(subscriptions.get(i)));
    }
  }

  @Test
  void closeWithoutADurationDrainsToo() throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.recording();
    broker.subscribe("t", sink);
    broker.publish("t", Event.of("a"));

    broker.close();

    assertEquals(List.of(COMMENT, "data: a"), sink.rest());
    assertTrue(sink.isEnded());
    assertTrue(sink.isClosed());
  }

  @Test
  void closeCutsAStuckClientWhenTheTimeIsOver() throws Exception {
    Broker broker = stage.open();
    GatedSink stuck = stage.gated();
    Subscription subscription = broker.subscribe("t", stuck);
    stuck.awaitBlocked();
    broker.publish("t", Event.of("never read"));

    assertFalse(broker.close(Duration.ofMillis(1)));

    assertTrue(stuck.isClosed());
    assertFalse(stuck.isEnded());
    assertEquals(0, broker.clientCount());
    assertEquals(CloseReason.BROKER_CLOSED, stage.listener.reasonOf(subscription));
  }

  @Test
  void closeInNoTimeCutsAStuckClient() throws Exception {
    Broker broker = stage.open();
    GatedSink stuck = stage.gated();
    broker.subscribe("t", stuck);
    stuck.awaitBlocked();

    assertFalse(broker.close(Duration.ZERO));

    assertEquals(0, broker.clientCount());
  }

  @Test
  void clientThatWasEndingAlreadyKeepsItsReasonWhenTheBrokerCutsIt() throws Exception {
    Broker broker = stage.open();
    GatedSink stuck = stage.gated();
    Subscription subscription = broker.subscribe("t", stuck);
    stuck.awaitBlocked();
    subscription.close();

    assertFalse(broker.close(Duration.ZERO));

    assertEquals(CloseReason.UNSUBSCRIBED, stage.listener.reasonOf(subscription));
  }

  @Test
  void clientThatLeavesDuringTheDrainEndsTheWaiting() throws Exception {
    Broker broker = stage.open();
    GatedSink stuck = stage.gated();
    Subscription subscription = broker.subscribe("t", stuck);
    stuck.awaitBlocked();

    Future<Boolean> closed = Stage.async(() -> broker.close(AGES));
    Stage.awaitClosing(broker);
    subscription.disconnected();

    Stage.await(closed);
    assertEquals(CloseReason.BROKER_CLOSED, stage.listener.reasonOf(subscription));
  }

  @Test
  void sinkThatIgnoresItsCloseDoesNotKeepTheBrokerFromClosing() throws Exception {
    // Without the stage's listener, which would not hear of an end after the close.
    Broker broker = stage.open(Stage.plain());
    GatedSink deaf = stage.add(GatedSink.deaf());
    RecordingSink other = stage.recording();
    broker.subscribe("t", deaf);
    broker.subscribe("t", other);
    deaf.awaitBlocked();

    assertFalse(Stage.await(Stage.async(() -> broker.close(Duration.ZERO))));

    deaf.awaitClosed();
    assertEquals(1, broker.clientCount());
    // How much of its stream the other got before it was cut is left to chance.
    stage.joinThreads("sse-writer-2");
    other.rest();
  }

  @Test
  void closeEndsEveryThread() throws Exception {
    Broker broker = stage.open();
    GatedSink stuck = stage.gated();
    RecordingSink idle = stage.recording();
    RecordingSink gone = stage.recording();
    broker.subscribe("t", stuck);
    broker.subscribe("t", idle);
    Subscription left = broker.subscribe("t", gone);
    stuck.awaitBlocked();
    idle.expect(COMMENT);
    gone.expect(COMMENT);
    left.disconnected();

    assertFalse(broker.close(Duration.ofMillis(1)));

    stage.joinThreads();
    List<String> names = stage.threadNames();
    assertTrue(
        names.containsAll(
            List.of(
                "sse-closer-1",
                "sse-closer-3",
                "sse-listener",
                "sse-writer-1",
                "sse-writer-2",
                "sse-writer-3")),
        names::toString);
  }

  @Test
  void closeFromSeveralThreadsWaitsInEachOfThem() throws Exception {
    Broker broker = stage.open();
    GatedSink sink = stage.gated();
    broker.subscribe("t", sink);
    sink.awaitBlocked();
    broker.publish("t", Event.of("a"));

    List<Future<Boolean>> closes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      closes.add(Stage.async(() -> broker.close(AGES)));
    }
    Stage.awaitClosing(broker);
    for (Future<Boolean> close : closes) {
      assertFalse(close.isDone());
    }
    sink.open();

    for (Future<Boolean> close : closes) {
      assertTrue(Stage.await(close));
    }
    sink.expect(COMMENT, "data: a");
    assertTrue(sink.isEnded());
  }

  @Test
  void impatientCloseCutsWhatAPatientOneWaitsFor() throws Exception {
    Broker broker = stage.open();
    GatedSink stuck = stage.gated();
    broker.subscribe("t", stuck);
    stuck.awaitBlocked();

    Future<Boolean> patient = Stage.async(() -> broker.close(AGES));
    Stage.awaitClosing(broker);
    assertFalse(broker.close(Duration.ZERO));

    Stage.await(patient);
    assertTrue(stuck.isClosed());
  }

  @Test
  void negativeDrainIsRefusedAndTheBrokerStaysOpen() throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.recording();
    broker.subscribe("t", sink);

    var refusal =
        assertThrows(IllegalArgumentException.class, () -> broker.close(Duration.ofMillis(-1)));

    assertEquals("drain is PT-0.001S; allowed is 0 or more", refusal.getMessage());
    Stage.assertReceipt(1, 0, broker.publish("t", Event.of("a")));
    sink.expect(COMMENT, "data: a");
  }

  @Test
  void longestDrainThereIsIsAllowed() {
    assertTrue(stage.open().close(Duration.ofSeconds(Long.MAX_VALUE)));
  }

  @Test
  @SuppressWarnings("Interruption") // What is tested is how the broker takes an interrupt.
  void interruptCutsTheWaitingShortAndIsKept() throws Exception {
    // Without the stage's listener: an interrupted close does not wait for it.
    Broker broker = stage.open(Stage.plain());
    GatedSink stuck = stage.gated();
    broker.subscribe("t", stuck);
    stuck.awaitBlocked();
    AtomicBoolean drained = new AtomicBoolean(true);
    AtomicBoolean interrupted = new AtomicBoolean();
    CountDownLatch returned = new CountDownLatch(1);
    Thread closing =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              drained.set(broker.close(AGES));
              interrupted.set(Thread.currentThread().isInterrupted());
              returned.countDown();
            });
    Stage.awaitClosing(broker);

    closing.interrupt();

    Stage.await(returned, "the close");
    assertFalse(drained.get());
    assertTrue(interrupted.get());
    stuck.awaitClosed();
    assertFalse(stuck.isEnded());
  }

  @Test
  void brokerIsClosedByTryWithResources() throws Exception {
    RecordingSink sink = stage.recording();
    try (Broker broker = stage.open()) {
      broker.subscribe("t", sink);
      broker.publish("t", Event.of("a"));
    }

    assertEquals(List.of(COMMENT, "data: a"), sink.rest());
    assertTrue(sink.isClosed());
  }
}
