package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrokerPublishTest {
  @RegisterExtension final Stage stage = new Stage();

  @Test
  void commentComesBeforeAnyEvent() throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.recording();

    broker.subscribe("t", sink);

    sink.expect(COMMENT);
    broker.publish("t", Event.of("a"));
    sink.expect("data: a");
  }

  @Test
  void eventsArriveWholeAndInOrder() throws Exception {
    Broker broker = stage.open(10_000);
    RecordingSink sink = stage.recording();
    broker.subscribe("t", sink);
    List<String> expected = new ArrayList<>(List.of(COMMENT));

    for (int i = 0; i < 10_000; i++) {
      Stage.assertReceipt(1, 0, broker.publish("t", Event.of("n", i + "\n" + "x".repeat(50))));
      expected.add("event: n\ndata: " + i + "\ndata: " + "x".repeat(50));
    }

    assertEquals(expected, sink.take(expected.size()));
  }

  @Test
  void whatIsQueuedBehindABlockedWriteArrivesInOrder() throws Exception {
    Broker broker = stage.open();
    GatedSink sink = stage.gated();
    broker.subscribe("t", sink);
    sink.awaitBlocked();

    broker.publish("t", Event.of("a"));
    broker.publish("t", Event.of("b".repeat(100_000)));
    broker.publish("t", Event.of("c"));
    sink.open();

    sink.expect(COMMENT, "data: a", "data: " + "b".repeat(100_000), "data: c");
  }

  @Test
  void onlyClientsOfTheTopicGetTheEvent() throws Exception {
    Broker broker = stage.open();
    RecordingSink sport = stage.recording();
    RecordingSink news = stage.recording();
    RecordingSink capital = stage.recording();
    broker.subscribe("news/sport", sport);
    broker.subscribe("news", news);
    broker.subscribe("News/Sport", capital);

    Stage.assertReceipt(1, 0, broker.publish("news/sport", Event.of("a")));
    Stage.assertReceipt(1, 0, broker.publish("news", Event.of("b")));

    sport.expect(COMMENT, "data: a");
    news.expect(COMMENT, "data: b");
    capital.expect(COMMENT);
  }

  @Test
  void receiptCountsTheClientsOfTheTopic() throws Exception {
    Broker broker = stage.open();
    RecordingSink one = stage.recording();
    RecordingSink two = stage.recording();

    Stage.assertReceipt(0, 0, broker.publish("t", Event.of("to nobody")));
    Subscription first = broker.subscribe("t", one);
    Stage.assertReceipt(1, 0, broker.publish("t", Event.of("a")));
    Subscription second = broker.subscribe("t", two);
    Stage.assertReceipt(2, 0, broker.publish("t", Event.of("b")));
    first.close();
    Stage.assertReceipt(1, 0, broker.publish("t", Event.of("c")));
    second.close();
    Stage.assertReceipt(0, 0, broker.publish("t", Event.of("to nobody")));

    one.expect(COMMENT, "data: a", "data: b");
    two.expect(COMMENT, "data: b", "data: c");
  }

  @Test
  void clientsOfATopicGetIdenticalBytes() throws Exception {
    Broker broker = stage.open();
    RecordingSink one = stage.recording();
    GatedSink two = stage.gated();
    broker.subscribe("t", one);
    broker.subscribe("t", two);

    broker.publish("t", Event.of("tick", "\uD83D\uDE00\r\nb"));
    broker.publish("t", Event.of(""));
    // The other gets both in one write.
    one.take(3);
    two.open();
    two.take(3);

    assertEquals(
        ":\n\nevent: tick\ndata: \uD83D\uDE00\ndata: b\n\ndata: \n\n",
        new String(one.bytes(), UTF_8));
    assertArrayEquals(one.bytes(), two.bytes());
  }

  @Test
  void eventBeforeTheSubscriptionIsNotReceived() throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.recording();

    broker.publish("t", Event.of("early"));
    broker.subscribe("t", sink);
    broker.publish("t", Event.of("late"));

    sink.expect(COMMENT, "data: late");
  }

  @Test
  void publishToABadTopicIsRefused() throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.recording();
    broker.subscribe("t", sink);

    assertThrows(
        IllegalArgumentException.class, () -> broker.publish("t/", Event.of("not published")));

    sink.expect(COMMENT);
  }

  @Test
  void subscriptionToABadTopicLeavesTheSinkAlone() {
    Broker broker = stage.open();
    RecordingSink sink = new RecordingSink();

    assertThrows(IllegalArgumentException.class, () -> broker.subscribe("t/x*", sink));

    assertEquals(0, broker.clientCount());
    assertFalse(sink.isClosed());
  }

  @Test
  void stalledClientHoldsUpNeitherPublisherNorOthers() throws Exception {
    Broker broker = stage.open();
    GatedSink stalled = stage.gated();
    RecordingSink other = stage.recording();
    RecordingSink elsewhere = stage.recording();
    broker.subscribe("t", stalled);
    broker.subscribe("t", other);
    stalled.awaitBlocked();

    broker.publish("t", Event.of("a"));
    other.expect(COMMENT, "data: a");
    broker.publish("t", Event.of("b"));
    other.expect("data: b");
    broker.subscribe("u", elsewhere);
    broker.publish("u", Event.of("c"));
    elsewhere.expect(COMMENT, "data: c");

    assertEquals(List.of(), stalled.rest());
    stalled.open();
    stalled.expect(COMMENT, "data: a", "data: b");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 1024})
  void queueHoldsExactlyItsBoundAndTheNextEventEndsTheClient(int bound) throws Exception {
    Broker broker = stage.open(bound);
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();

    for (int i = 0; i < bound; i++) {
      Stage.assertReceipt(1, 0, broker.publish("t", Event.of("fits")));
    }
    Stage.assertReceipt(0, 1, broker.publish("t", Event.of("one too many")));
    Stage.assertReceipt(0, 0, broker.publish("t", Event.of("to nobody")));

    assertEquals(CloseReason.TOO_SLOW, stage.listener.reasonOf(subscription));
  }

  @Test
  void queueIsFreeAgainOnceItsFramesAreTaken() throws Exception {
    Broker broker = stage.open(1);
    RecordingSink sink = stage.recording();
    broker.subscribe("t", sink);
    sink.expect(COMMENT);

    for (int i = 0; i < 100; i++) {
      Stage.assertReceipt(1, 0, broker.publish("t", Event.of("n" + i)));
      sink.expect("data: n" + i);
    }
  }

  @Test
  void tooSlowClientIsClosedFromOutsideAndItsQueueDiscarded() throws Exception {
    Broker broker = stage.open(2);
    GatedSink slow = stage.add(GatedSink.deaf());
    RecordingSink other = stage.recording();
    Subscription subscription = broker.subscribe("t", slow);
    broker.subscribe("t", other);
    slow.awaitBlocked();

    broker.publish("t", Event.of("a"));
    other.expect(COMMENT, "data: a");
    broker.publish("t", Event.of("b"));
    other.expect("data: b");
    Stage.assertReceipt(1, 1, broker.publish("t", Event.of("c")));
    other.expect("data: c");
    Stage.assertReceipt(1, 0, broker.publish("t", Event.of("d")));
    other.expect("data: d");

    // Its writer is still blocked: nobody but the broker can have closed it.
    slow.awaitClosed();
    assertEquals(2, broker.clientCount());
    slow.open();
    assertEquals(CloseReason.TOO_SLOW, stage.listener.reasonOf(subscription));
    assertFalse(slow.isEnded());
    assertEquals(1, broker.clientCount());
  }

  @Test
  void closeOfATooSlowSinkThatBlocksHoldsUpNeitherPublisherNorOthers() throws Exception {
    Broker broker = stage.open(1);
    CountDownLatch letClose = new CountDownLatch(1);
    GatedSink gate = GatedSink.obedient();
    RecordingSink slow =
        stage.add(
            new RecordingSink() {
              @Override
              public void write(Batch batch) throws IOException {
                gate.write(batch);
              }

              @Override
              public void close() throws IOException {
                super.close();
                try {
                  Stage.await(letClose, "the test");
                } catch (InterruptedException e) {
                  throw new IOException(e);
                }
                gate.close();
              }
            });
    RecordingSink other = stage.recording();
    Subscription subscription = broker.subscribe("t", slow);
    broker.subscribe("t", other);
    gate.awaitBlocked();
    broker.publish("t", Event.of("a"));
    other.expect(COMMENT, "data: a");

    Stage.assertReceipt(1, 1, Stage.await(Stage.async(() -> broker.publish("t", Event.of("b")))));
    slow.awaitClosed();
    other.expect("data: b");
    Stage.assertReceipt(1, 0, Stage.await(Stage.async(() -> broker.publish("t", Event.of("c")))));
    other.expect("data: c");
    letClose.countDown();
    assertEquals(CloseReason.TOO_SLOW, stage.listener.reasonOf(subscription));
  }

  @Test
  void manyTooSlowClientsInOnePublishLeaveTheOthersUntouched() throws Exception {
    Broker broker = stage.open(1);
    List<GatedSink> slow = new ArrayList<>();
    List<RecordingSink> fast = new ArrayList<>();
    List<Subscription> slowOnes = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      // Runs of slow and fast clients of different lengths, slow ones at both ends.
      if (i % 7 < 3 || i == 59) {
        slow.add(stage.gated());
        slowOnes.add(broker.subscribe("t", slow.getLast()));
      } else {
        fast.add(stage.recording());
        broker.subscribe("t", fast.getLast());
      }
    }
    for (GatedSink sink : slow) {
      sink.awaitBlocked();
    }

    Stage.assertReceipt(60, 0, broker.publish("t", Event.of("a")));
    for (RecordingSink sink : fast) {
      sink.expect(COMMENT, "data: a");
    }
    Stage.assertReceipt(fast.size(), slow.size(), broker.publish("t", Event.of("b")));
    for (RecordingSink sink : fast) {
      sink.expect("data: b");
    }
    Stage.assertReceipt(fast.size(), 0, broker.publish("t", Event.of("c")));
    for (RecordingSink sink : fast) {
      sink.expect("data: c");
    }

    for (Subscription subscription : slowOnes) {
      assertEquals(CloseReason.TOO_SLOW, stage.listener.reasonOf(subscription));
    }
    assertEquals(fast.size(), broker.clientCount());
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, (1 << 20) + 1, Integer.MAX_VALUE})
  void queueBoundOutOfRangeIsRefused(int events) {
    var refusal =
        assertThrows(IllegalArgumentException.class, () -> Stage.plain().queueEvents(events));

    assertEquals(
        "queueEvents is %d; allowed is from 1 to 1048576".formatted(events), refusal.getMessage());
  }

  @Test
  void subscriptionKnowsItsTopicAndItsNumber() throws Exception {
    Broker broker = stage.open();
    RecordingSink one = stage.recording();
    RecordingSink two = stage.recording();
    Subscription first = broker.subscribe("t", one);
    Subscription second = broker.subscribe("u/v", two);
    one.expect(COMMENT);
    two.expect(COMMENT);

    assertEquals(1, first.id());
    assertEquals(List.of("t"), first.topics());
    assertEquals(2, second.id());
    assertEquals(List.of("u/v"), second.topics());
    assertTrue(stage.threadNames().containsAll(List.of("sse-writer-1", "sse-writer-2")));
  }

  @Test
  void writerInheritsNothingFromWhoeverStartsIt() throws Exception {
    InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    local.set("the subscriber's");
    try (Broker broker = Broker.open()) {
      broker.subscribe(
          "t",
          Sink.of(
              new OutputStream() {
                @Override
                public void write(int b) {
                  seen.add(String.valueOf(local.get()));
                }
              }));

      assertEquals("null", seen.poll(Stage.PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } finally {
      local.remove();
    }
  }
}
