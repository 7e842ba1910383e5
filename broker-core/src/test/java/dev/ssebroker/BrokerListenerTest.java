package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrokerListenerTest {
  @RegisterExtension final Stage stage = new Stage();

  @Test
  void listenerHearsOfClientsInOrderAndHowManyThereAre() throws Exception {
    Broker broker = stage.open();
    Subscription first = subscribe(broker, "t");
    Subscription second = subscribe(broker, "u");
    subscribe(broker, "t");
    stage.listener.expect("added 1, 1 there", "added 2, 2 there", "added 3, 3 there");

    second.close();
    stage.listener.expect("ended 2 UNSUBSCRIBED, 2 left");
    first.disconnected();
    stage.listener.expect("ended 1 DISCONNECTED, 1 left");
    subscribe(broker, "t");
    stage.listener.expect("added 4, 2 there");
    second.disconnected();
    subscribe(broker, "t").close();
    stage.listener.expect("added 5, 3 there", "ended 5 UNSUBSCRIBED, 2 left");
  }

  @Test
  void clientWhoseFirstWriteFailsIsAddedBeforeItEnds() throws Exception {
    Broker broker = stage.open();
    for (int i = 1; i <= 100; i++) {
      RecordingSink sink = stage.recording();
      sink.close();
      broker.subscribe("t", sink);
      stage.listener.expect("added " + i + ", 1 there", "ended " + i + " DISCONNECTED, 0 left");
    }
  }

  @Test
  void clientThatMissedEventsIsAddedBeforeThatIsTold() throws Exception {
    BlockingQueue<String> notices = new LinkedBlockingQueue<>();
    BrokerListener listener =
        new BrokerListener() {
          @Override
          public void clientAdded(Subscription subscription, int clients) {
            notices.add("added");
          }

          @Override
          public void clientMissed(
              Subscription subscription, OptionalLong missed, GapReason reason) {
            notices.add("missed");
          }
        };
    Broker broker = Stage.plain().listener(listener).open(WaitedForWriter::new, System::nanoTime);

    broker
        .subscription("t")
        .lastEventId("unknown")
        .open(Sink.of(OutputStream.nullOutputStream()))
        .close();

    assertTrue(broker.close(Stage.PATIENCE));
    assertEquals(List.of("added", "missed"), List.copyOf(notices));
  }

  /** A thread whose start returns when it is over or waits for something, if it is a writer. */
  private static final class WaitedForWriter extends Thread {
    WaitedForWriter(Runnable task) {
      super(task);
      setDaemon(true);
    }

    @Override
    public void start() {
      super.start();
      while (getName().startsWith("sse-writer")
          && getState() != State.WAITING
          && getState() != State.TERMINATED) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void listenerIsGivenTheSubscriptionOnItsOwnThread() throws Exception {
    CompletableFuture<Subscription> added = new CompletableFuture<>();
    CompletableFuture<Subscription> ended = new CompletableFuture<>();
    BlockingQueue<String> threads = new LinkedBlockingQueue<>();
    Broker broker =
        stage.open(
            Stage.plain()
                .listener(
                    new BrokerListener() {
                      @Override
                      public void clientAdded(Subscription subscription, int clients) {
                        threads.add(Thread.currentThread().getName());
                        added.complete(subscription);
                      }

                      @Override
                      public void clientEnded(
                          Subscription subscription, CloseReason reason, int clients) {
                        threads.add(Thread.currentThread().getName());
                        ended.complete(subscription);
                      }
                    }));

    Subscription subscription = subscribe(broker, "t");
    assertSame(subscription, Stage.await(added));
    subscription.disconnected();
    assertSame(subscription, Stage.await(ended));

    assertEquals(List.of("sse-listener", "sse-listener"), List.copyOf(threads));
    assertEquals(1, stage.threadNames().stream().filter("sse-listener"::equals).count());
  }

  @Test
  void listenerMayUseTheBroker() throws Exception {
    CompletableFuture<Broker> opened = new CompletableFuture<>();
    BlockingQueue<Receipt> receipts = new LinkedBlockingQueue<>();
    Broker broker =
        stage.open(
            Stage.plain()
                .listener(
                    new BrokerListener() {
                      @Override
                      public void clientAdded(Subscription subscription, int clients) {
                        receipts.add(opened.join().publish("t", Event.of("welcome")));
                        subscription.close();
                      }
                    }));
    opened.complete(broker);
    RecordingSink sink = stage.recording();

    broker.subscribe("t", sink);

    sink.expect(COMMENT, "data: welcome");
    sink.awaitClosed();
    assertTrue(sink.isEnded());
    assertEquals(1, receipts.size());
    Stage.assertReceipt(1, 0, receipts.element());
  }

  @Test
  void listenerThatThrowsIsIgnoredAndToldOn() throws Exception {
    BlockingQueue<String> notices = new LinkedBlockingQueue<>();
    CountDownLatch told = new CountDownLatch(4);
    Broker broker =
        stage.open(
            Stage.plain()
                .listener(
                    new BrokerListener() {
                      @Override
                      public void clientAdded(Subscription subscription, int clients) {
                        fail("added " + subscription.id());
                      }

                      @Override
                      public void clientEnded(
                          Subscription subscription, CloseReason reason, int clients) {
                        fail("ended " + subscription.id());
                      }

                      private void fail(String notice) {
                        notices.add(notice);
                        told.countDown();
                        throw new IllegalStateException("a bug in the listener");
                      }
                    }));
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    broker.publish("t", Event.of("a"));
    sink.expect(COMMENT, "data: a");
    subscription.close();
    sink.awaitClosed();
    RecordingSink next = stage.recording();
    broker.subscribe("t", next).disconnected();

    assertTrue(broker.close(Stage.PATIENCE));

    // Whether it got its comment before it left is left to chance.
    next.rest();
    Stage.await(told, "four notices");
    assertEquals(4, notices.size(), notices::toString);
    assertTrue(notices.containsAll(List.of("added 1", "ended 1", "added 2", "ended 2")));
  }

  @Test
  void listenerThatBlocksDelaysNothingButItsNextNotice() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    List<String> notices = new ArrayList<>();
    CountDownLatch told = new CountDownLatch(2);
    Broker broker =
        stage.open(
            Stage.plain()
                .listener(
                    new BrokerListener() {
                      @Override
                      public void clientAdded(Subscription subscription, int clients) {
                        entered.countDown();
                        awaitOrFail(letGo);
                        notices.add("added " + clients);
                        told.countDown();
                      }
                    }));
    RecordingSink one = stage.recording();
    RecordingSink two = stage.recording();

    Subscription subscription = broker.subscribe("t", one);
    Stage.await(entered, "the listener");
    broker.subscribe("t", two);
    Stage.assertReceipt(2, 0, broker.publish("t", Event.of("a")));
    one.expect(COMMENT, "data: a");
    two.expect(COMMENT, "data: a");
    subscription.close();
    one.awaitClosed();
    Stage.assertReceipt(1, 0, broker.publish("t", Event.of("b")));
    two.expect("data: b");

    assertEquals(2, told.getCount());
    letGo.countDown();
    Stage.await(told, "both notices");
    assertEquals(List.of("added 1", "added 2"), notices);
  }

  @Test
  void listenerThatBlocksDoesNotKeepTheBrokerFromClosingAndHearsOfEverythingLater()
      throws Exception {
    BlockingListener blocking = new BlockingListener();
    Broker broker = stage.open(Stage.plain().listener(blocking));
    RecordingSink sink = stage.recording();
    broker.subscribe("t", sink);
    Stage.await(blocking.entered, "the listener");
    sink.expect(COMMENT);

    assertTrue(Stage.await(Stage.async(() -> broker.close(Stage.PATIENCE))));

    assertTrue(sink.isEnded());
    assertFalse(blocking.ended.isDone());
    blocking.letGo.countDown();
    assertEquals(CloseReason.BROKER_CLOSED, Stage.await(blocking.ended));
    stage.joinThreads();
  }

  @Test
  void clientCutByAnInterruptedCloseIsToldToTheListener() throws Exception {
    CompletableFuture<CloseReason> ended = new CompletableFuture<>();
    Broker broker =
        stage.open(
            Stage.plain()
                .listener(
                    new BrokerListener() {
                      @Override
                      public void clientEnded(
                          Subscription subscription, CloseReason reason, int clients) {
                        ended.complete(reason);
                      }
                    }));
    GatedSink stuck = stage.gated();
    broker.subscribe("t", stuck);
    stuck.awaitBlocked();

    Future<Boolean> interrupted =
        Stage.async(() -> {
          Thread.currentThread().interrupt();
          assertFalse(broker.close(Stage.PATIENCE));
          return Thread.currentThread().isInterrupted();
        });

    assertTrue(Stage.await(interrupted));
    assertEquals(CloseReason.BROKER_CLOSED, Stage.await(ended));
  }

  /** Blocks in its first call until it is let go. */
  private static final class BlockingListener implements BrokerListener {
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch letGo = new CountDownLatch(1);
    final CompletableFuture<CloseReason> ended = new CompletableFuture<>();

    @Override
    public void clientAdded(Subscription subscription, int clients) {
      entered.countDown();
      try {
        letGo.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void clientEnded(Subscription subscription, CloseReason reason, int clients) {
      ended.complete(reason);
    }
  }

  @Test
  void brokerWithoutAListenerHasNoThreadForIt() throws Exception {
    Broker broker = stage.open(Stage.plain());
    subscribe(broker, "t").disconnected();

    assertTrue(broker.close(Stage.PATIENCE));

    assertFalse(stage.threadNames().contains("sse-listener"));
  }

  /** Subscribes a client that has received the beginning of its stream. */
  private Subscription subscribe(Broker broker, String topic) throws InterruptedException {
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscribe(topic, sink);
    sink.expect(COMMENT);
    return subscription;
  }

  private static void awaitOrFail(CountDownLatch latch) {
    try {
      Stage.await(latch, "the test");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
