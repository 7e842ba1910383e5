package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A publisher that waits for clients under {@link Overflow#await}. */
class BrokerAwaitTest {
  @RegisterExtension final Stage stage = new Stage();

  private final GatedSink sink = stage.gated();

  @Test
  void publisherWaitsUntilThereIsRoom() throws Exception {
    Broker broker = open(Overflow.MAX_PATIENCE);
    broker.subscribe("t", sink);
    sink.awaitBlocked();
    Receipt a = broker.publish("t", Event.of("a"));
    Publisher<Receipt> publisher = new Publisher<>(() -> broker.publish("t", Event.of("b")));
    publisher.awaitWaiting();

    sink.open();

    Receipt b = publisher.result();
    assertEquals(new Receipt(b.id(), 1, 0, 0), b);
    sink.expect(COMMENT, "data: a\nid: " + a.id(), "data: b\nid: " + b.id());
  }

  @Test
  void publisherWaitsForRoomForTheWholeFrame() throws Exception {
    Broker broker =
        stage.open(
            Broker.builder()
                .historyEvents(0)
                .queueBytes(1024)
                .overflow(Overflow.await(Overflow.MAX_PATIENCE))
                .listener(stage.listener));
    broker.subscribe("t", sink);
    sink.awaitBlocked();
    int framing = "data: \n\n".length();
    String half = "a".repeat(512 - framing);
    broker.publish("t", Event.of(half));
    Publisher<Receipt> publisher = new Publisher<>(() -> broker.publish("t", Event.of(half + "b")));
    publisher.awaitWaiting();

    sink.open();

    Receipt receipt = publisher.result();
    assertEquals(new Receipt(receipt.id(), 1, 0, 0), receipt);
    sink.expect(COMMENT, "data: " + half, "data: " + half + "b");
  }

  @Test
  void publisherWhosePatienceIsOverLeavesTheClientBehind() throws Exception {
    Broker broker = open(Duration.ofNanos(1));
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    Receipt a = broker.publish("t", Event.of("a"));

    Receipt b = broker.publish("t", Event.of("b"));

    assertEquals(new Receipt(b.id(), 0, 1, 0), b);
    assertEquals(2, subscription.lag().events());
    sink.open();
    sink.expect(COMMENT, "data: a\nid: " + a.id(), "data: b\nid: " + b.id());
  }

  @Test
  void nobodyWaitsForAClientThatIsBehind() throws Exception {
    Broker broker = open(Overflow.MAX_PATIENCE);
    broker.subscribe("t", sink);
    sink.awaitBlocked();
    broker.publish("t", Event.of("a"));
    Thread.currentThread().interrupt();
    Receipt b = broker.publish("t", Event.of("b"));
    assertTrue(Thread.interrupted());
    assertEquals(new Receipt(b.id(), 0, 1, 0), b);

    Receipt c = new Publisher<>(() -> broker.publish("t", Event.of("c"))).result();

    assertEquals(new Receipt(c.id(), 0, 1, 0), c);
    sink.open();
    assertEquals("data: c\nid: " + c.id(), sink.take(4).getLast());
  }

  @Test
  void clientThatFallsBehindFreesTheOtherPublishers() throws Exception {
    Broker broker = open(Overflow.MAX_PATIENCE);
    broker.subscribe("t", sink);
    sink.awaitBlocked();
    broker.publish("t", Event.of("a"));
    Publisher<Receipt> impatient = new Publisher<>(() -> broker.publish("t", Event.of("b")));
    Publisher<Receipt> patient = new Publisher<>(() -> broker.publish("t", Event.of("c")));
    impatient.awaitWaiting();
    patient.awaitWaiting();

    impatient.interrupt();

    Receipt b = impatient.result();
    Receipt c = patient.result();
    assertEquals(new Receipt(b.id(), 0, 1, 0), b);
    assertEquals(new Receipt(c.id(), 0, 1, 0), c);
    sink.open();
    assertEquals("data: c\nid: " + c.id(), sink.take(4).getLast());
  }

  @Test
  void othersAreNotHeldUpWhileAPublisherWaits() throws Exception {
    Broker broker = open(Overflow.MAX_PATIENCE);
    RecordingSink other = stage.recording();
    RecordingSink late = stage.recording();
    broker.subscribe("t", sink);
    broker.subscription("t", "u").queueEvents(100).open(other);
    sink.awaitBlocked();
    Receipt a = broker.publish("t", Event.of("a"));
    Publisher<Receipt> publisher = new Publisher<>(() -> broker.publish("t", Event.of("b")));
    publisher.awaitWaiting();

    Receipt elsewhere = broker.publish("u", Event.of("elsewhere"));
    Subscription latecomer = broker.subscription("t", "u").queueEvents(100).open(late);
    late.expect(COMMENT);
    Receipt again = broker.publish("u", Event.of("again"));

    assertEquals(new Receipt(elsewhere.id(), 1, 0, 0), elsewhere);
    assertEquals(new Receipt(again.id(), 2, 0, 0), again);
    assertFalse(publisher.isDone());
    other.expect(
        COMMENT,
        "data: a\nid: " + a.id(),
        "data: elsewhere\nid: " + elsewhere.id(),
        "data: again\nid: " + again.id());
    late.expect("data: again\nid: " + again.id());
    latecomer.close();
    assertEquals(CloseReason.UNSUBSCRIBED, latecomer.awaitEnd());
    sink.open();
    Receipt b = publisher.result();
    assertEquals(new Receipt(b.id(), 2, 0, 0), b);
    other.expect("data: b\nid: " + b.id());
    sink.expect(COMMENT, "data: a\nid: " + a.id(), "data: b\nid: " + b.id());
  }

  @Test
  void severalPublishersWaitTogetherAndAllGoOn() throws Exception {
    Broker broker = open(Overflow.MAX_PATIENCE);
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    broker.publish("t", Event.of("first"));
    Callable<Receipt> body = () -> broker.publish("t", Event.of("x"));
    List<Publisher<Receipt>> publishers =
        List.of(new Publisher<>(body), new Publisher<>(body), new Publisher<>(body));
    for (Publisher<Receipt> publisher : publishers) {
      publisher.awaitWaiting();
    }

    sink.open();

    for (Publisher<Receipt> publisher : publishers) {
      assertEquals(0, publisher.result().dropped());
    }
    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    assertEquals(5, sink.rest().size());
  }

  @Test
  void clientThatLeavesFreesThePublisher() throws Exception {
    Broker broker = open(Overflow.MAX_PATIENCE);
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    broker.publish("t", Event.of("a"));
    Publisher<Receipt> publisher = new Publisher<>(() -> broker.publish("t", Event.of("b")));
    publisher.awaitWaiting();

    subscription.disconnected();

    Receipt b = publisher.result();
    assertEquals(new Receipt(b.id(), 0, 0, 0), b);
    assertEquals(CloseReason.DISCONNECTED, subscription.awaitEnd());
  }

  @Test
  void clientThatIsEndedInAnOrderlyWayFreesThePublisher() throws Exception {
    Broker broker = open(Overflow.MAX_PATIENCE);
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();
    Receipt a = broker.publish("t", Event.of("a"));
    Publisher<Receipt> publisher = new Publisher<>(() -> broker.publish("t", Event.of("b")));
    publisher.awaitWaiting();

    subscription.close();

    Receipt b = publisher.result();
    assertEquals(new Receipt(b.id(), 0, 0, 0), b);
    sink.open();
    sink.expect(COMMENT, "data: a\nid: " + a.id());
  }

  @Test
  void brokerThatClosesFreesThePublisherWhoseEventIsNotPublished() throws Exception {
    Broker broker = open(Overflow.MAX_PATIENCE);
    broker.subscribe("t", sink);
    sink.awaitBlocked();
    Receipt a = broker.publish("t", Event.of("a"));
    Publisher<Receipt> publisher = new Publisher<>(() -> broker.publish("t", Event.of("b")));
    publisher.awaitWaiting();

    Publisher<Boolean> closer = new Publisher<>(() -> broker.close(Stage.PATIENCE));

    ExecutionException e = assertThrows(ExecutionException.class, publisher::result);
    assertInstanceOf(BrokerClosedException.class, e.getCause());
    assertEquals(1, broker.stats().events().published());
    sink.open();
    assertTrue(closer.result());
    sink.expect(COMMENT, "data: a\nid: " + a.id());
  }

  @Test
  void interruptEndsTheWaitingAndStaysWithThePublisher() throws Exception {
    Broker broker = open(Overflow.MAX_PATIENCE);
    broker.subscribe("t", sink);
    sink.awaitBlocked();
    Receipt a = broker.publish("t", Event.of("a"));
    AtomicBoolean kept = new AtomicBoolean();
    Publisher<Receipt> publisher =
        new Publisher<>(() -> {
          Receipt receipt = broker.publish("t", Event.of("b"));
          kept.set(Thread.currentThread().isInterrupted());
          return receipt;
        });
    publisher.awaitWaiting();

    publisher.interrupt();

    Receipt b = publisher.result();
    assertEquals(new Receipt(b.id(), 0, 1, 0), b);
    assertTrue(kept.get());
    sink.open();
    sink.expect(COMMENT, "data: a\nid: " + a.id(), "data: b\nid: " + b.id());
  }

  private Broker open(Duration patience) {
    return stage.open(
        Broker.builder()
            .overflow(Overflow.await(patience))
            .queueEvents(1)
            .listener(stage.listener));
  }

  /** Someone who may have to wait, on a thread of their own. */
  private static final class Publisher<T> {
    private final FutureTask<T> task;
    private final Thread thread;

    Publisher(Callable<T> body) {
      task = new FutureTask<>(body);
      thread = Thread.ofPlatform().daemon().start(task);
    }

    /** Whoever only waits for a lock is not in this state. */
    void awaitWaiting() {
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        assertFalse(task.isDone(), "it did not wait");
        Thread.onSpinWait();
      }
    }

    boolean isDone() {
      return task.isDone();
    }

    void interrupt() {
      thread.interrupt();
    }

    T result() throws Exception {
      return Stage.await(task);
    }
  }
}
