package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client is told when the history no longer has what it needs. */
class BrokerEvictionTest {
  private static final String PADDING = "x".repeat(10_000);

  @RegisterExtension final Stage stage = new Stage();

  /** Seven events of 10,000 bytes are a page. */
  @Test
  void whatIsEvictedBetweenTwoPagesIsToldBetweenThemToTheEvent() throws Exception {
    Broker broker =
        stage.open(Broker.builder().historyEvents(15).queueEvents(1).listener(stage.listener));
    SteppedSink sink = stage.add(new SteppedSink());
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitWrite();
    List<String> frames = new ArrayList<>();
    publish(broker, 16, frames);
    sink.letWrite();
    sink.awaitWrite();
    sink.letWrite();
    sink.awaitWrite();

    publish(broker, 12, frames);
    sink.letAllWrite();
    subscription.close();

    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    List<String> expected = new ArrayList<>(List.of(COMMENT));
    expected.addAll(frames.subList(0, 8));
    expected.add("event: gap\ndata: {\"missed\":5,\"reason\":\"evicted\"}");
    expected.addAll(frames.subList(13, 28));
    assertEquals(expected, sink.rest());
  }

  @Test
  void whatIsEvictedBehindAnEndCountsOnlyAsFarAsTheEnd() throws Exception {
    Broker broker =
        stage.open(Broker.builder().historyEvents(3).queueEvents(2).listener(stage.listener));
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    List<String> frames = new ArrayList<>();
    publish(broker, 6, frames);

    subscription.close();
    publish(broker, 2, frames);
    sink.open();

    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    assertEquals(
        List.of(
            COMMENT,
            frames.get(0),
            frames.get(1),
            "event: gap\ndata: {\"missed\":3,\"reason\":\"evicted\"}",
            frames.get(5)),
        sink.rest());
  }

  @Test
  void restartIsToldOnceHoweverManyPagesFollow() throws Exception {
    Broker broker = stage.open(Broker.builder().listener(stage.listener));
    List<String> frames = new ArrayList<>();
    publish(broker, 20, frames);
    RecordingSink sink = stage.recording();

    broker.subscription("t").lastEventId("earlier-7").open(sink);

    sink.expect(COMMENT, "event: gap\ndata: {\"missed\":null,\"reason\":\"restarted\"}");
    assertEquals(frames, sink.take(20));
  }

  @Test
  void numberIsUnknownIfItIsUnknownOfOneTopic() throws Exception {
    Broker broker = stage.open(Broker.builder().historyEvents(1).listener(stage.listener));
    Receipt last = broker.publish("a", Event.of("a"));
    broker.publish("a", Event.of("a"));
    Receipt a = broker.publish("a", Event.of("a"));
    for (int i = 0; i < 4; i++) {
      broker.publish("b", Event.of("b"));
    }
    Receipt b = broker.publish("b", Event.of("b"));
    RecordingSink both = stage.recording();
    RecordingSink one = stage.recording();

    broker.subscription("a", "b").lastEventId(last.id()).open(both);
    broker.subscription("b").lastEventId(last.id()).open(one);

    both.expect(
        COMMENT,
        "event: gap\ndata: {\"missed\":null,\"reason\":\"evicted\"}",
        "data: a\nid: " + a.id(),
        "data: b\nid: " + b.id());
    one.expect(
        COMMENT,
        "event: gap\ndata: {\"missed\":4,\"reason\":\"evicted\"}",
        "data: b\nid: " + b.id());
  }

  @Test
  void topicThatWasForgottenMayHaveHadAnything() throws Exception {
    Broker broker = stage.open(Broker.builder().listener(stage.listener));
    Receipt first = broker.publish("t", Event.of("first"));
    Receipt newest = broker.publish("t", Event.of("second"));
    for (int i = 0; i < 16_384; i++) {
      newest = broker.publish("topic/" + i, Event.of(""));
    }
    RecordingSink missing = stage.recording();
    RecordingSink level = stage.recording();

    broker.subscription("t").lastEventId(first.id()).open(missing);
    broker.subscription("t").lastEventId(newest.id()).open(level);
    Receipt live = broker.publish("t", Event.of("live"));

    missing.expect(
        COMMENT,
        "event: gap\ndata: {\"missed\":null,\"reason\":\"evicted\"}",
        "data: live\nid: " + live.id());
    level.expect(COMMENT, "data: live\nid: " + live.id());
  }

  /** Whoever is behind on a filter is behind on a topic that is new, too. */
  @Test
  void topicThatBeginsBetweenTwoPagesIsPartOfTheNext() throws Exception {
    Broker broker = stage.open(Broker.builder().queueEvents(1).listener(stage.listener));
    SteppedSink sink = stage.add(new SteppedSink());
    Subscription subscription = broker.subscription("**").open(sink);
    sink.awaitWrite();
    List<String> frames = new ArrayList<>();
    publish(broker, 16, frames);
    sink.letWrite();
    sink.awaitWrite();
    sink.letWrite();
    sink.awaitWrite();

    Receipt begun = broker.publish("new", Event.of("new"));
    frames.add("data: new\nid: " + begun.id());
    sink.letAllWrite();
    subscription.close();

    assertEquals(new Receipt(begun.id(), 0, 1, 0), begun);
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    frames.addFirst(COMMENT);
    assertEquals(frames, sink.rest());
  }

  private static void publish(Broker broker, int count, List<String> frames) {
    for (int i = 0; i < count; i++) {
      String data = PADDING + frames.size();
      frames.add("data: " + data + "\nid: " + broker.publish("t", Event.of(data)).id());
    }
  }

  /** A client that reads one write at a time, when the test lets it. */
  private static final class SteppedSink extends RecordingSink {
    private final Semaphore entered = new Semaphore(0);
    private final Semaphore allowed = new Semaphore(0);

    @Override
    public void write(Batch batch) throws IOException {
      entered.release();
      allowed.acquireUninterruptibly();
      super.write(batch);
    }

    void awaitWrite() throws InterruptedException {
      assertTrue(entered.tryAcquire(Stage.PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }

    void letWrite() {
      allowed.release();
    }

    void letAllWrite() {
      allowed.release(1000);
    }
  }
}
