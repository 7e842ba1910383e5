package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How one client ends. That each end is told exactly once is checked after every test. */
class BrokerEndTest {
  @RegisterExtension final Stage stage = new Stage();

  @Test
  void closeLetsTheClientReceiveWhatIsQueuedAndNothingMore() throws Exception {
    Broker broker = stage.open();
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    broker.publish("t", Event.of("a"));
    broker.publish("t", Event.of("b"));

    subscription.close();

    Stage.assertReceipt(0, 0, broker.publish("t", Event.of("too late")));
    assertFalse(sink.isClosed());
    assertEquals(1, broker.clientCount());
    sink.open();
    sink.expect(COMMENT, "data: a", "data: b");
    assertEquals(CloseReason.UNSUBSCRIBED, stage.listener.reasonOf(subscription));
    assertTrue(sink.isEnded(), "an orderly stream is ended before it is closed");
    assertTrue(sink.isClosed(), "an end is told after the sink's close");
    assertEquals(0, broker.clientCount());
  }

  @Test
  void firstReasonIsKnownBeforeTheClientHasEnded() throws Exception {
    Broker broker = stage.open();
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    assertEquals(Optional.empty(), subscription.reason());

    subscription.close();
    assertEquals(Optional.of(CloseReason.UNSUBSCRIBED), subscription.reason());
    subscription.disconnected();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    assertEquals(Optional.of(CloseReason.UNSUBSCRIBED), subscription.reason());
  }

  @Test
  void idleClientThatIsClosedIsEnded() throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    sink.expect(COMMENT);

    subscription.close();

    assertEquals(CloseReason.UNSUBSCRIBED, stage.listener.reasonOf(subscription));
    assertTrue(sink.isEnded());
  }

  @Test
  void clientWhoseOutboxIsFullCanBeClosedTwice() throws Exception {
    Broker broker = stage.open(1);
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    broker.publish("t", Event.of("a"));

    subscription.close();
    subscription.close();
    sink.open();

    sink.expect(COMMENT, "data: a");
    assertEquals(CloseReason.UNSUBSCRIBED, stage.listener.reasonOf(subscription));
    assertTrue(sink.isEnded());
  }

  @Test
  void clientThatLeftReceivesNothingOfWhatIsQueued() throws Exception {
    Broker broker = stage.open();
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    broker.publish("t", Event.of("a"));

    subscription.disconnected();

    assertEquals(CloseReason.DISCONNECTED, stage.listener.reasonOf(subscription));
    assertEquals(List.of(), sink.rest());
    assertFalse(sink.isEnded());
    assertTrue(sink.isClosed());
  }

  @Test
  void idleClientThatLeftIsClosed() throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    sink.expect(COMMENT);

    subscription.disconnected();

    assertEquals(CloseReason.DISCONNECTED, stage.listener.reasonOf(subscription));
    assertFalse(sink.isEnded());
  }

  @Test
  void clientThatLeftDuringAnOrderlyEndIsFreedAndItsReasonStays() throws Exception {
    Broker broker = stage.open();
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    broker.publish("t", Event.of("a"));

    subscription.close();
    subscription.disconnected();

    assertEquals(CloseReason.UNSUBSCRIBED, stage.listener.reasonOf(subscription));
    assertEquals(List.of(), sink.rest());
    assertFalse(sink.isEnded());
  }

  @Test
  void clientThatLeftBeforeItsFirstByteIsWrittenNone() throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    AtomicBoolean written = new AtomicBoolean();
    Broker broker =
        stage.open(
            Stage.plain().listener(stage.listener),
            task -> task instanceof Writer ? runBehind(start, task) : task);
    RecordingSink sink =
        stage.add(
            new RecordingSink() {
              @Override
              public void write(Batch batch) {
                written.set(true);
              }
            });
    Subscription subscription = broker.subscribe("t", sink);
    broker.publish("t", Event.of("a"));

    subscription.disconnected();
    sink.awaitClosed();
    start.countDown();

    assertEquals(CloseReason.DISCONNECTED, stage.listener.reasonOf(subscription));
    assertFalse(written.get());
    assertFalse(sink.isEnded());
  }

  private static Runnable runBehind(CountDownLatch start, Runnable task) {
    return () -> {
      try {
        Stage.await(start, "the start");
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      task.run();
    };
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void clientThatIsEndedTwiceIsToldOnceWithTheFirstReason(
      String fact, Consumer<Subscription> end, CloseReason first) throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.recording();
    RecordingSink other = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    broker.subscribe("t", other);
    sink.expect(COMMENT);

    end.accept(subscription);

    assertEquals(first, stage.listener.reasonOf(subscription));
    end.accept(subscription);
    assertEquals(1, broker.clientCount());
    Stage.assertReceipt(1, 0, broker.publish("t", Event.of("a")));
    other.expect(COMMENT, "data: a");
  }

  static Stream<Arguments> clientThatIsEndedTwiceIsToldOnceWithTheFirstReason() {
    return Stream.of(
        endings(
            "close, close",
            CloseReason.UNSUBSCRIBED,
            s -> {
              s.close();
              s.close();
            }),
        endings(
            "close, disconnected",
            CloseReason.UNSUBSCRIBED,
            s -> {
              s.close();
              s.disconnected();
            }),
        endings(
            "disconnected, close",
            CloseReason.DISCONNECTED,
            s -> {
              s.disconnected();
              s.close();
            }),
        endings(
            "disconnected, disconnected",
            CloseReason.DISCONNECTED,
            s -> {
              s.disconnected();
              s.disconnected();
            }));
  }

  private static Arguments endings(String fact, CloseReason first, Consumer<Subscription> end) {
    return Arguments.of(fact, end, first);
  }

  @Test
  void clientThatLeavesAgainAndAgainCostsOneThread() throws Exception {
    Broker broker = stage.open();
    GatedSink sink = stage.add(GatedSink.deaf());
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();

    subscription.disconnected();
    subscription.disconnected();
    sink.awaitClosed();
    sink.open();
    assertEquals(CloseReason.DISCONNECTED, stage.listener.reasonOf(subscription));
    subscription.disconnected();

    assertEquals(
        List.of("sse-closer-1", "sse-housekeeper", "sse-listener", "sse-writer-1"),
        stage.threadNames());
  }

  @Test
  void clientThatLeavesAfterItsEndCostsNoThread() throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    sink.expect(COMMENT);
    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, stage.listener.reasonOf(subscription));

    subscription.disconnected();

    assertEquals(List.of("sse-housekeeper", "sse-listener", "sse-writer-1"), stage.threadNames());
  }

  @Test
  void clientThatManyThreadsEndIsToldOnce() throws Exception {
    Broker broker = stage.open();
    for (int round = 0; round < 50; round++) {
      RecordingSink sink = stage.recording();
      Subscription subscription = broker.subscribe("t", sink);
      sink.expect(COMMENT);
      Callable<Object> leave =
          () -> {
            subscription.disconnected();
            return true;
          };

      Stage.together(Collections.nCopies(8, leave));

      assertEquals(CloseReason.DISCONNECTED, stage.listener.reasonOf(subscription));
    }
    assertEquals(0, broker.clientCount());
  }

  @Test
  void clientOfATopicThatLeavesTouchesNoOther() throws Exception {
    Broker broker = stage.open();
    RecordingSink one = stage.recording();
    RecordingSink two = stage.recording();
    RecordingSink three = stage.recording();
    RecordingSink elsewhere = stage.recording();
    Subscription first = broker.subscribe("t", one);
    broker.subscribe("t", two);
    broker.subscribe("t", three);
    broker.subscribe("u", elsewhere);
    one.expect(COMMENT);

    first.disconnected();
    assertEquals(CloseReason.DISCONNECTED, stage.listener.reasonOf(first));
    Stage.assertReceipt(2, 0, broker.publish("t", Event.of("a")));
    Stage.assertReceipt(1, 0, broker.publish("u", Event.of("b")));

    two.expect(COMMENT, "data: a");
    three.expect(COMMENT, "data: a");
    elsewhere.expect(COMMENT, "data: b");
  }
}
