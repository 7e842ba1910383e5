package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whom a publisher waits for, and who wakes it. */
class BackpressureTest {
  @RegisterExtension final Stage stage = new Stage();

  private int slowClients;

  @Test
  void publisherWaitsForItsOwnSlowClientOnly() throws Exception {
    Broker broker = open();
    GatedSink slowA = slowClient(broker, "a");
    GatedSink slowB = slowClient(broker, "b");
    Publisher a = new Publisher(broker, "a", "a2");
    Publisher b = new Publisher(broker, "b", "b2");
    a.awaitWaiting();
    b.awaitWaiting();

    slowB.open();

    assertQueued(1, b.receipt());
    a.awaitWaiting();
    slowA.open();
    assertQueued(1, a.receipt());
    assertEquals(List.of("1", "a2"), data(slowA.take(3)));
    assertEquals(List.of("1", "b2"), data(slowB.take(3)));
  }

  @Test
  void publisherWaitsForAllOfItsSlowClients() throws Exception {
    Broker broker = open();
    GatedSink one = slowClient(broker, "a");
    RecordingSink fast = stage.recording();
    broker.subscribe("a", fast);
    GatedSink other = slowClient(broker, "a");
    fast.expect(COMMENT);
    Publisher a = new Publisher(broker, "a", "2");
    a.awaitWaiting();

    other.open();

    assertEquals(List.of("1"), data(other.take(2)));
    a.awaitWaiting();
    assertEquals(List.of(), fast.rest());
    one.open();
    assertQueued(3, a.receipt());
    assertEquals(List.of("2"), data(fast.take(1)));
    assertEquals(List.of("2"), data(other.take(1)));
    assertEquals(List.of("1", "2"), data(one.take(3)));
  }

  @Test
  void publishersThatWaitForOneClientEachGoOnWhenItHasRoom() throws Exception {
    Broker broker = open();
    GatedSink slow = slowClient(broker, "a");
    List<Publisher> publishers = new ArrayList<>();
    for (int i = 2; i < 6; i++) {
      publishers.add(new Publisher(broker, "a", Integer.toString(i)));
      publishers.getLast().awaitWaiting();
    }

    slow.open();

    for (Publisher publisher : publishers) {
      assertQueued(1, publisher.receipt());
    }
    List<String> received = data(slow.take(6));
    assertEquals(List.of("1", "2", "3", "4", "5"), received.stream().sorted().toList());
  }

  @Test
  void publisherThatWaitsHoldsUpNoOther() throws Exception {
    Broker broker = open();
    GatedSink slow = slowClient(broker, "a");
    RecordingSink fast = stage.recording();
    broker.subscription("a", "b").queueEvents(1000).open(fast);
    fast.expect(COMMENT);
    Publisher a = new Publisher(broker, "a", "2");
    a.awaitWaiting();

    for (int i = 0; i < 100; i++) {
      broker.publish("b", Event.of(Integer.toString(i)));
    }

    assertEquals(100, fast.take(100).size());
    a.awaitWaiting();
    slow.open();
    assertQueued(2, a.receipt());
    assertEquals(List.of("2"), data(fast.take(1)));
    assertEquals(List.of("1", "2"), data(slow.take(3)));
  }

  /** The lock is held by a publisher whose clock does not answer. */
  @Test
  void writersOfClientsThatNoPublisherWaitsForNeedNoLock() throws Exception {
    AtomicReference<@Nullable Thread> stopped = new AtomicReference<>();
    CountDownLatch locked = new CountDownLatch(1);
    CountDownLatch freed = new CountDownLatch(1);
    LongSupplier clock =
        () -> {
          if (Thread.currentThread() == stopped.get()) {
            locked.countDown();
            awaitUninterruptibly(freed);
          }
          return System.nanoTime();
        };
    ThreadFactory virtual = Thread.ofVirtual().factory();
    try (Broker broker =
        Broker.builder()
            .overflow(Overflow.await(Overflow.MAX_PATIENCE))
            .historyEvents(0)
            .open(virtual, clock)) {
      List<GatedSink> sinks = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        GatedSink sink = stage.gated();
        broker.subscribe("t", sink);
        sink.awaitBlocked();
        sinks.add(sink);
      }
      broker.publish("t", Event.of("1"));
      broker.publish("t", Event.of("2"));
      Future<Receipt> holder =
          Stage.async(() -> {
            stopped.set(Thread.currentThread());
            return broker.publish("elsewhere", Event.of("x"));
          });
      Stage.await(locked, "the publisher to hold the lock");

      for (GatedSink sink : sinks) {
        sink.open();
        sink.expect(COMMENT, "data: 1", "data: 2");
      }

      freed.countDown();
      Stage.await(holder);
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      Stage.await(latch, "the end of the test");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * A writer takes a frame and then looks for waiting publishers, while a publisher says that it
   * waits and then looks for room: at least one of them sees the other.
   */
  @Test
  void wakeUpIsNotLostWhenRoomIsMadeAsThePublisherBeginsToWait() throws Exception {
    int rounds = 10_000;
    BrokerLock lock = new BrokerLock();
    FrameQueue queue = new FrameQueue(1, 1024);
    Client client = awaitedClient(lock, queue);
    Frame event = event();
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger taken = new AtomicInteger();
    BitSet awaited = new BitSet(rounds);
    BitSet hasRoom = new BitSet(rounds);
    Future<Boolean> writer =
        Stage.async(() -> {
          for (int round = 0; round < rounds; round++) {
            spinUntil(begun, round);
            queue.poll();
            awaited.set(round, client.isAwaited());
            taken.set(round + 1);
          }
          return true;
        });

    lock.lock();
    for (int round = 0; round < rounds; round++) {
      assertTrue(queue.offer(event));
      begun.set(round + 1);
      // Later and later, to meet the writer.
      for (int spin = round % 32; spin > 0; spin--) {
        Thread.onSpinWait();
      }
      client.addWaitingPublishers(1);
      hasRoom.set(round, client.patienceNanos(event) == 0);
      spinUntil(taken, round);
      client.addWaitingPublishers(-1);
    }
    lock.unlock();

    assertTrue(Stage.await(writer));
    awaited.or(hasRoom);
    assertEquals(rounds, awaited.cardinality());
  }

  @SuppressWarnings("ThreadPriorityCheck") // It only lets the other thread go first sooner.
  private static void spinUntil(AtomicInteger counter, int above) {
    int spins = 0;
    while (counter.get() <= above) {
      if (++spins % 256 == 0) {
        Thread.yield();
      }
      Thread.onSpinWait();
    }
  }

  /** Returns a client whose writer does nothing, so that the queue is the test's own. */
  private static Client awaitedClient(BrokerLock lock, FrameQueue queue) {
    TopicTree tree = new TopicTree(lock);
    ThreadFactory idle = task -> Thread.ofVirtual().unstarted(() -> {});
    Clients clients =
        new Clients(
            new Cursor.Source(lock, new History(lock, "e", 0, 0, 0), null),
            tree,
            new Backpressure(lock, tree),
            new BrokerThreads(idle, idle, 1),
            System::nanoTime,
            (settings, counters) -> queue,
            new BrokerCounters(lock),
            null);
    try (Broker broker = Broker.open()) {
      Subscription.Builder description =
          broker.subscription("t").overflow(Overflow.await(Overflow.MAX_PATIENCE));
      lock.lock();
      Client client = clients.add(description, new RecordingSink());
      lock.unlock();
      assertNotNull(queue.poll());
      return client;
    }
  }

  private static Frame event() {
    Frame frame = new Frame(new byte[8], 0, null, null);
    frame.complete(new byte[0], 1, 0);
    return frame;
  }

  private Broker open() {
    return stage.open(
        Broker.builder()
            .overflow(Overflow.await(Overflow.MAX_PATIENCE))
            .queueEvents(1)
            .listener(stage.listener));
  }

  /** Subscribes a client that has one event in its queue, and room for no other. */
  private GatedSink slowClient(Broker broker, String topic) throws Exception {
    GatedSink sink = stage.gated();
    String own = "own/" + slowClients++;
    broker.subscription(topic, own).open(sink);
    sink.awaitBlocked();
    broker.publish(own, Event.of("1"));
    return sink;
  }

  private static void assertQueued(int queued, Receipt receipt) {
    assertEquals(new Receipt(receipt.id(), queued, 0, 0), receipt);
  }

  private static List<String> data(List<String> frames) {
    return frames.stream()
        .filter(frame -> !frame.equals(COMMENT))
        .map(frame -> frame.lines().findFirst().orElseThrow().substring("data: ".length()))
        .toList();
  }

  /** A publisher that may have to wait, on a thread of its own. */
  private static final class Publisher {
    private final FutureTask<Receipt> task;
    private final Thread thread;

    Publisher(Broker broker, String topic, String data) {
      Callable<Receipt> body = () -> broker.publish(topic, Event.of(data));
      task = new FutureTask<>(body);
      thread = Thread.ofPlatform().daemon().start(task);
    }

    /** Returns if it waits for room; a thread that waits for a lock has another state. */
    void awaitWaiting() {
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        assertFalse(task.isDone(), "it did not wait");
        Thread.onSpinWait();
      }
    }

    Receipt receipt() throws Exception {
      return Stage.await(task);
    }
  }
}
