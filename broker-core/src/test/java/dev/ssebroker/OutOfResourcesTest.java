package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Threads that cannot be had, and errors where no one expects them: the client concerned ends, and
 * no other notices. The time is the test's own; so are the housekeeper's looks, unless its thread
 * is what is tested.
 */
class OutOfResourcesTest {
  private static final String NO_THREAD = "unable to create native thread";

  @RegisterExtension final Stage stage = new Stage();

  private final AtomicLong now = new AtomicLong();
  private final ScarceThreads threads = new ScarceThreads();
  private final List<Broker> brokers = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    threads.allowAll();
    for (Broker broker : brokers) {
      assertTrue(Stage.await(Stage.async(() -> broker.close(Stage.PATIENCE.dividedBy(2)))));
    }
    threads.joinAll();
    assertEquals(List.of(), List.copyOf(threads.uncaught));
  }

  // A publisher.

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void clientWhoseWriterCannotBeStartedEndsAndTheOthersReceiveTheEvent(
      String fact, ThreadFactory failing) throws Exception {
    Broker broker = open(Stage.plain());
    List<RecordingSink> sinks = recording(5);
    List<Subscription> clients = subscribe(broker, sinks);
    RecordingSink failed = sinks.get(2);
    threads.failNthWriter(3, failing);

    Receipt receipt = broker.publish("t", Event.of("a"));

    Stage.assertReceipt(4, 1, receipt);
    assertEquals(CloseReason.OUT_OF_RESOURCES, endOf(clients.get(2)));
    assertEquals(CloseReason.OUT_OF_RESOURCES, stage.listener.reasonOf(clients.get(2)));
    assertTrue(failed.isClosed());
    assertFalse(failed.isEnded());
    assertEquals(4, broker.clientCount());
    assertEquals(1, broker.stats().clients().ended().get(CloseReason.OUT_OF_RESOURCES));
    assertEquals(1, broker.stats().events().dropped());
    Stage.assertReceipt(4, 0, broker.publish("t", Event.of("b")));
    for (RecordingSink sink : sinks) {
      sink.expect(COMMENT);
      if (!sink.equals(failed)) {
        sink.expect("data: a", "data: b");
      }
    }
  }

  static Stream<Arguments> clientWhoseWriterCannotBeStartedEndsAndTheOthersReceiveTheEvent() {
    return Stream.of(
        factory("the start throws an Error", UnstartableThread::new),
        factory(
            "the factory throws an Error",
            task -> {
              throw new OutOfMemoryError(NO_THREAD);
            }),
        factory(
            "the factory throws an exception",
            task -> {
              throw new IllegalStateException("too many threads");
            }),
        factory("the factory has no thread", task -> null));
  }

  private static Arguments factory(String fact, ThreadFactory failing) {
    return Arguments.of(fact, failing);
  }

  @Test
  void allClientsOfATopicEndIfThereIsNoThreadForAny() throws Exception {
    Broker broker = open(Stage.plain());
    List<RecordingSink> sinks = recording(3);
    List<Subscription> clients = subscribe(broker, sinks);
    threads.lack("sse-writer");

    Stage.assertReceipt(0, 3, broker.publish("t", Event.of("a")));

    for (int i = 0; i < 3; i++) {
      assertEquals(CloseReason.OUT_OF_RESOURCES, endOf(clients.get(i)));
      sinks.get(i).expect(COMMENT);
    }
    assertEquals(0, broker.clientCount());
    Stage.assertReceipt(0, 0, broker.publish("t", Event.of("b")));
  }

  @Test
  void clientOfSeveralFiltersEndsOnce() throws Exception {
    Broker broker = open(Stage.plain());
    RecordingSink sink = stage.recording();
    Subscription client = broker.subscription("t", "*", "**").open(sink);
    awaitIdle(client);
    threads.lack("sse-writer");

    Stage.assertReceipt(0, 1, broker.publish("t", Event.of("a")));

    assertEquals(CloseReason.OUT_OF_RESOURCES, endOf(client));
    sink.expect(COMMENT);
  }

  // The closer.

  @Test
  void clientWhoseCloserCannotBeStartedEitherIsEndedByTheHousekeeper() throws Exception {
    Broker broker = open(Stage.plain());
    List<RecordingSink> sinks = recording(3);
    List<Subscription> clients = subscribe(broker, sinks);
    threads.lack("sse-writer-2");
    threads.lack("sse-closer-2");

    Stage.assertReceipt(2, 1, broker.publish("t", Event.of("a")));
    threads.housekeeper().look();

    assertEquals(3, broker.clientCount());
    assertFalse(sinks.get(1).isClosed());
    Stage.assertReceipt(2, 0, broker.publish("t", Event.of("b")));
    threads.allowAll();
    threads.housekeeper().look();

    assertEquals(CloseReason.OUT_OF_RESOURCES, endOf(clients.get(1)));
    assertEquals(CloseReason.OUT_OF_RESOURCES, stage.listener.reasonOf(clients.get(1)));
    assertTrue(sinks.get(1).isClosed());
    assertEquals(2, broker.clientCount());
    sinks.get(0).expect(COMMENT, "data: a", "data: b");
    sinks.get(1).expect(COMMENT);
    sinks.get(2).expect(COMMENT, "data: a", "data: b");
  }

  @Test
  void clientForWhichThereIsNeverAThreadIsEndedByTheBrokersClose() throws Exception {
    Broker broker = open(Stage.plain());
    List<RecordingSink> sinks = recording(1);
    Subscription client = subscribe(broker, sinks).getFirst();
    threads.lack("sse-writer");
    threads.lack("sse-closer");
    Stage.assertReceipt(0, 1, broker.publish("t", Event.of("a")));

    assertFalse(Stage.await(Stage.async(() -> broker.close(Duration.ZERO))));

    assertEquals(CloseReason.OUT_OF_RESOURCES, endOf(client));
    assertEquals(CloseReason.OUT_OF_RESOURCES, stage.listener.reasonOf(client));
    assertTrue(sinks.getFirst().isClosed());
    assertEquals(0, broker.clientCount());
    sinks.getFirst().expect(COMMENT);
  }

  @Test
  void clientThatDisconnectsIsEndedByTheHousekeeperIfThereIsNoThreadForIt() throws Exception {
    Broker broker = open(Stage.plain());
    List<RecordingSink> sinks = recording(1);
    Subscription client = subscribe(broker, sinks).getFirst();
    threads.lack("sse-writer");
    threads.lack("sse-closer");

    client.disconnected();

    assertEquals(1, broker.clientCount());
    threads.allowAll();
    threads.housekeeper().look();
    assertEquals(CloseReason.DISCONNECTED, endOf(client));
    sinks.getFirst().expect(COMMENT);
  }

  // The listener.

  @Test
  void listenerWhoseThreadCannotBeStartedIsNotifiedWithTheNextNotification() throws Exception {
    threads.lack("sse-listener");
    Broker broker = open(Stage.plain());
    List<RecordingSink> sinks = recording(2);
    List<Subscription> clients = subscribe(broker, sinks);
    clients.getFirst().close();
    assertEquals(CloseReason.UNSUBSCRIBED, endOf(clients.getFirst()));
    threads.awaitEnded("sse-writer-1");
    threads.allowAll();

    RecordingSink third = stage.recording();
    broker.subscribe("t", third);

    stage.listener.expect(
        "added 1, 1 there", "added 2, 2 there", "ended 1 UNSUBSCRIBED, 1 left", "added 3, 2 there");
    sinks.add(third);
    for (RecordingSink sink : sinks) {
      sink.expect(COMMENT);
    }
  }

  @Test
  void listenerWhoseThreadCannotBeStartedIsNotifiedAfterTheHousekeepersLook() throws Exception {
    threads.lack("sse-listener");
    Broker broker = open(Stage.plain());
    List<RecordingSink> sinks = recording(2);
    subscribe(broker, sinks);
    threads.housekeeper().look();
    threads.allowAll();

    threads.housekeeper().look();

    stage.listener.expect("added 1, 1 there", "added 2, 2 there");
    for (RecordingSink sink : sinks) {
      sink.expect(COMMENT);
    }
  }

  @Test
  void listenerWhoseThreadCannotBeStartedIsNotifiedWhenTheBrokerCloses() throws Exception {
    Broker broker = open(Stage.plain());
    List<RecordingSink> sinks = recording(1);
    subscribe(broker, sinks);
    stage.listener.expect("added 1, 1 there");
    threads.awaitEnded("sse-listener");
    threads.failNext("sse-listener");

    assertTrue(broker.close(Stage.PATIENCE));

    stage.listener.expect("ended 1 BROKER_CLOSED, 0 left");
    sinks.getFirst().expect(COMMENT);
  }

  // Other starts of a writer.

  @Test
  void subscriptionThatIsClosedEndsWithoutAThread() throws Exception {
    Broker broker = open(Stage.plain());
    List<RecordingSink> sinks = recording(1);
    Subscription client = subscribe(broker, sinks).getFirst();
    threads.lack("sse-writer");

    client.close();

    assertEquals(CloseReason.UNSUBSCRIBED, endOf(client));
    assertEquals(CloseReason.UNSUBSCRIBED, stage.listener.reasonOf(client));
    assertTrue(sinks.getFirst().isClosed());
    assertFalse(sinks.getFirst().isEnded());
    sinks.getFirst().expect(COMMENT);
  }

  @Test
  void brokerClosesThoughThereIsNoThreadForAClient() throws Exception {
    Broker broker = open(Stage.plain());
    List<RecordingSink> sinks = recording(2);
    List<Subscription> clients = subscribe(broker, sinks);
    threads.lack("sse-writer-1");

    assertTrue(Stage.await(Stage.async(() -> broker.close(Stage.PATIENCE.dividedBy(2)))));

    assertEquals(CloseReason.BROKER_CLOSED, endOf(clients.get(0)));
    assertEquals(CloseReason.BROKER_CLOSED, endOf(clients.get(1)));
    assertFalse(sinks.get(0).isEnded());
    assertTrue(sinks.get(1).isEnded());
    sinks.get(0).expect(COMMENT);
    sinks.get(1).expect(COMMENT);
  }

  @Test
  void clientThatCannotBeWrittenAHeartbeatEndsAndTheOthersAreWrittenOne() throws Exception {
    Broker broker = open(Stage.plain().heartbeat(Duration.ofSeconds(10)));
    List<RecordingSink> sinks = recording(3);
    List<Subscription> clients = subscribe(broker, sinks);
    threads.lack("sse-writer-2");

    pass(Duration.ofSeconds(10));
    threads.housekeeper().look();

    assertEquals(CloseReason.OUT_OF_RESOURCES, endOf(clients.get(1)));
    sinks.get(0).expect(COMMENT, COMMENT);
    sinks.get(1).expect(COMMENT);
    sinks.get(2).expect(COMMENT, COMMENT);
  }

  @Test
  void clientAtItsMaximumAgeEndsWithoutAThread() throws Exception {
    Broker broker = open(Stage.plain().maxAge(Duration.ofSeconds(10)));
    List<RecordingSink> sinks = recording(2);
    List<Subscription> clients = subscribe(broker, sinks);
    threads.lack("sse-writer-2");

    pass(Duration.ofSeconds(10));
    threads.housekeeper().look();

    assertEquals(CloseReason.MAX_AGE, endOf(clients.get(0)));
    assertEquals(CloseReason.MAX_AGE, endOf(clients.get(1)));
    assertTrue(sinks.get(0).isEnded());
    assertFalse(sinks.get(1).isEnded());
    sinks.get(0).expect(COMMENT);
    sinks.get(1).expect(COMMENT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "unknown", "resumes"})
  void subscriberLearnsThatThereIsNoThreadAndNothingIsRegistered(String lastEventId)
      throws Exception {
    Broker broker = open(Broker.builder().overflow(Overflow.await(Overflow.MAX_PATIENCE)));
    String id = broker.publish("t", Event.of("a")).id();
    RecordingSink refused = new RecordingSink();
    threads.lack("sse-writer");

    OutOfMemoryError e =
        assertThrows(
            OutOfMemoryError.class,
            () ->
                broker
                    .subscription("t", "*")
                    .lastEventId(lastEventId.equals("resumes") ? id : lastEventId)
                    .open(refused));

    assertEquals(NO_THREAD, e.getMessage());
    assertFalse(refused.isClosed());
    assertEquals(0, broker.clientCount());
    assertEquals(0, broker.stats().clients().added());
    Receipt unheard = broker.publish("t", Event.of("b"));
    assertEquals(new Receipt(unheard.id(), 0, 0, 0), unheard);
    threads.allowAll();
    RecordingSink sink = stage.recording();
    Subscription client = broker.subscribe("t", sink);
    assertEquals(1, client.id());
    stage.listener.expect("added 1, 1 there");
    String heard = broker.publish("t", Event.of("c")).id();
    sink.expect(COMMENT, "data: c\nid: " + heard);
  }

  @Test
  void clientThatCannotBeStartedWhenTheLogIsAvailableAgainEndsAndTheOthersReadOn()
      throws Exception {
    MemoryLog log = new MemoryLog(100);
    FaultyLog way = new FaultyLog(log);
    Broker broker = open(Broker.builder().log(way));
    way.cut();
    way.awaitRefused(1);

    assertOthersReadOn(broker, way, "restarted");
  }

  @Test
  void clientThatCannotBeStartedWhenTheLogAnswersForTheFirstTimeEndsAndTheOthersReadOn()
      throws Exception {
    FaultyLog way = new FaultyLog(new MemoryLog(100));
    way.cut();
    Broker broker = open(Broker.builder().log(way));

    assertOthersReadOn(broker, way, "restarted");
  }

  private void assertOthersReadOn(Broker broker, FaultyLog way, String reason) throws Exception {
    List<RecordingSink> sinks = recording(3);
    List<Subscription> clients = new ArrayList<>();
    for (RecordingSink sink : sinks) {
      clients.add(broker.subscription("t").lastEventId("0zz-7").open(sink));
    }
    for (Subscription client : clients) {
      awaitIdle(client);
    }
    threads.lack("sse-writer-2");

    way.mend();

    assertEquals(CloseReason.OUT_OF_RESOURCES, endOf(clients.get(1)));
    sinks.get(1).expect(COMMENT);
    String gap = "event: gap\ndata: {\"missed\":null,\"reason\":\"" + reason + "\"}";
    for (RecordingSink sink : List.of(sinks.get(0), sinks.get(2))) {
      sink.expect(COMMENT, gap);
    }
    String id = broker.publish("t", Event.of("a")).id();
    for (RecordingSink sink : List.of(sinks.get(0), sinks.get(2))) {
      sink.expect("data: a\nid: " + id);
    }
  }

  // Errors.

  @Test
  void listenerThatThrowsAnErrorIsNotifiedOfTheNext() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    CountDownLatch second = new CountDownLatch(2);
    BrokerListener listener =
        new BrokerListener() {
          @Override
          public void clientAdded(Subscription subscription, int clients) {
            second.countDown();
            if (calls.incrementAndGet() == 1) {
              throw new StackOverflowError("a listener's error");
            }
          }
        };
    Broker broker = open(Stage.plain(), listener, now::get);
    List<RecordingSink> sinks = recording(2);
    subscribe(broker, sinks);

    Stage.await(second, "the second notification");

    for (RecordingSink sink : sinks) {
      sink.expect(COMMENT);
    }
  }

  @Test
  void errorInALookEndsThatLookOnly() throws Exception {
    AtomicBoolean fails = new AtomicBoolean();
    LongSupplier clock =
        () -> {
          if (fails.get()) {
            throw new OutOfMemoryError("a look's error");
          }
          return now.get();
        };
    Broker broker = open(Stage.plain().heartbeat(Duration.ofSeconds(10)), stage.listener, clock);
    List<RecordingSink> sinks = recording(1);
    subscribe(broker, sinks);
    pass(Duration.ofSeconds(10));
    fails.set(true);

    threads.housekeeper().look();

    fails.set(false);
    threads.housekeeper().look();
    sinks.getFirst().expect(COMMENT, COMMENT);
  }

  @Test
  void housekeepersThreadOutlivesAnErrorInALook() throws Exception {
    CountDownLatch looks = new CountDownLatch(3);
    Housekeeper housekeeper =
        new Housekeeper(() -> {
          looks.countDown();
          throw new OutOfMemoryError("a look's error");
        });
    housekeeper.observe(1);
    Thread thread = Thread.ofVirtual().start(housekeeper);

    Stage.await(looks, "the third look");

    housekeeper.end();
    assertTrue(thread.join(Stage.PATIENCE));
  }

  // The broker's own threads.

  @ParameterizedTest
  @ValueSource(strings = {"sse-housekeeper", "sse-follower"})
  void brokerThatCannotBeOpenedLeavesNoThread(String lacking) throws Exception {
    threads.runHousekeeper();
    threads.lack(lacking);
    Broker.Builder builder = Broker.builder().log(new MemoryLog(1).join());

    OutOfMemoryError e =
        assertThrows(OutOfMemoryError.class, () -> builder.open(threads, System::nanoTime));

    assertEquals(NO_THREAD, e.getMessage());
    threads.joinAll();
  }

  @Test
  void brokerWhoseLogThrowsAnErrorLeavesNoThread() throws Exception {
    threads.runHousekeeper();
    Broker.Builder builder = Broker.builder().log(new BrokenLog());

    assertThrows(StackOverflowError.class, () -> builder.open(threads, System::nanoTime));

    threads.joinAll();
  }

  private Broker open(Broker.Builder builder) {
    return open(builder, stage.listener, now::get);
  }

  private Broker open(Broker.Builder builder, BrokerListener listener, LongSupplier clock) {
    Broker broker = builder.listener(listener).open(threads, clock);
    brokers.add(broker);
    return broker;
  }

  private List<RecordingSink> recording(int count) {
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sinks.add(stage.recording());
    }
    return sinks;
  }

  /** Subscribes clients with the ids 1, 2 and so on, whose writers have ended. */
  private List<Subscription> subscribe(Broker broker, List<RecordingSink> sinks) throws Exception {
    List<Subscription> clients = new ArrayList<>();
    for (RecordingSink sink : sinks) {
      clients.add(broker.subscribe("t", sink));
    }
    for (Subscription client : clients) {
      awaitIdle(client);
    }
    // Longer than the pauses of a busy client.
    pass(Duration.ofSeconds(1));
    return clients;
  }

  private void awaitIdle(Subscription client) throws Exception {
    threads.awaitEnded("sse-writer-" + client.id());
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private static CloseReason endOf(Subscription client) throws Exception {
    return Stage.await(Stage.async(client::awaitEnd));
  }

  private static final class BrokenLog implements EventLog {
    private static StackOverflowError error() {
      return new StackOverflowError("the log's error");
    }

    @Override
    public List<EventId> append(String topic, List<Event> events) {
      throw error();
    }

    @Override
    public List<Entry> read(EventId after, int limit) {
      throw error();
    }

    @Override
    public List<Entry> follow(EventId after, int limit, Duration wait) {
      throw error();
    }

    @Override
    public EventId end() {
      throw error();
    }

    @Override
    public Optional<EventId> find(String ownId) {
      throw error();
    }

    @Override
    public void close() {}
  }

  /** A thread for which the system has no resources. */
  private static final class UnstartableThread extends Thread {
    UnstartableThread(Runnable task) {
      super(task);
    }

    @Override
    public void start() {
      throw new OutOfMemoryError(NO_THREAD);
    }
  }

  /** Makes threads of which some cannot be started. */
  private static final class ScarceThreads implements ThreadFactory {
    final Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();

    private final Queue<Thread> started = new ConcurrentLinkedQueue<>();
    private final Set<String> lacking = ConcurrentHashMap.newKeySet();
    private final Set<String> lackingOnce = ConcurrentHashMap.newKeySet();
    private final AtomicInteger writersBeforeFailure = new AtomicInteger();
    private volatile ThreadFactory failing = UnstartableThread::new;
    private volatile @Nullable Housekeeper housekeeper;
    private volatile boolean runsHousekeeper;

    private final class ScarceThread extends Thread {
      ScarceThread(Runnable task) {
        super(task);
        setDaemon(true);
        setUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
      }

      @Override
      public void start() {
        if (lackingOnce.remove(getName()) || lacking.stream().anyMatch(getName()::startsWith)) {
          throw new OutOfMemoryError(NO_THREAD);
        }
        super.start();
        started.add(this);
      }
    }

    @Override
    public @Nullable Thread newThread(Runnable task) {
      if (task instanceof Housekeeper made && !runsHousekeeper) {
        housekeeper = made;
        return new ScarceThread(() -> {});
      }
      return task instanceof Writer && writersBeforeFailure.getAndDecrement() == 1
          ? failing.newThread(task)
          : new ScarceThread(task);
    }

    /** From now on, threads whose names begin so cannot be started. */
    void lack(String name) {
      lacking.add(name);
    }

    /** The next thread of this name cannot be started. */
    void failNext(String name) {
      lackingOnce.add(name);
    }

    /** The n-th writer from now on is started by a factory that fails. */
    void failNthWriter(int n, ThreadFactory factory) {
      failing = factory;
      writersBeforeFailure.set(n);
    }

    void allowAll() {
      lacking.clear();
      lackingOnce.clear();
    }

    /** The housekeeper is to have its thread. */
    void runHousekeeper() {
      runsHousekeeper = true;
    }

    Housekeeper housekeeper() {
      return Objects.requireNonNull(housekeeper);
    }

    /** Waits until all threads of this name that were started have ended. */
    void awaitEnded(String name) throws InterruptedException {
      for (Thread thread : started) {
        if (thread.getName().equals(name)) {
          join(thread);
        }
      }
    }

    void joinAll() throws InterruptedException {
      for (Thread thread : started) {
        join(thread);
      }
    }

    private static void join(Thread thread) throws InterruptedException {
      assertTrue(thread.join(Stage.PATIENCE), () -> thread.getName() + " is still there");
    }
  }
}
