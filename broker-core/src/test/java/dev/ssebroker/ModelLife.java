package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.ModelConnection.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One broker from its opening to its end, with publishers and clients that act at random. */
final class ModelLife {
  private static final List<String> TOPICS = List.of("a", "b", "n/x", "n/y", "n/x/z");
  private static final int[] SIZES = {10, 100, 2000, 20_000};
  private static final Duration HEARTBEAT = Duration.ofMillis(100);

  final ModelLog log = new ModelLog();
  final RecordingListener listener = new RecordingListener();
  final Queue<ModelConnection> connections = new ConcurrentLinkedQueue<>();
  final Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
  final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
  final Broker broker;

  /** The broker's own, which looks when this says so, too. */
  private @Nullable Housekeeper housekeeper;

  /** Whether events have ids, and with them a history. */
  final boolean ids;

  /** Whether the history never forgets anything. */
  final boolean ample;

  /** Whether publishers may wait for clients. */
  final boolean awaits;

  /** Whether the clock is the test's, and jumps. */
  final boolean timed;

  final int plannedEvents;
  final String oldId;

  private final SplittableRandom random;
  private final AtomicLong now = new AtomicLong();
  private final int[] publishers;
  private final int maxSize;
  private final boolean batches;
  private final boolean closesLate;

  /** Whether sinks stall no more. */
  private volatile boolean released;

  /** Whether the broker could drain, and had to. */
  boolean drained;

  ModelLife(SplittableRandom random, String oldId) {
    this.random = random;
    this.oldId = oldId;
    int history =
        List.of(0, random.nextInt(1, 10), random.nextInt(1, 51), 1 << 20).get(random.nextInt(4));
    boolean fewBytes = random.nextInt(4) == 0;
    ids = history > 0;
    timed = random.nextInt(4) == 0;
    ample = history == 1 << 20 && !fewBytes && !timed;
    awaits = random.nextInt(3) == 0;
    closesLate = random.nextBoolean();
    batches = !awaits || closesLate;
    maxSize = SIZES[random.nextInt(SIZES.length)];
    publishers = random.ints(random.nextInt(1, 5), 1, 80).toArray();
    plannedEvents = Arrays.stream(publishers).sum();
    Broker.Builder builder =
        Broker.builder()
            .historyEvents(history)
            .historyBytes(fewBytes ? 64 * 1024 : 64 * 1024 * 1024)
            .listener(listener);
    if (timed) {
      builder.heartbeat(HEARTBEAT).historyAge(Duration.ofSeconds(random.nextInt(1, 10)));
      builder.writeDeadline(Duration.ofMillis(random.nextBoolean() ? 100 : 100_000));
    }
    LongSupplier clock = timed ? now::get : System::nanoTime;
    broker = builder.open(this::newThread, clock);
  }

  private Thread newThread(Runnable task) {
    Thread thread =
        Thread.ofVirtual().uncaughtExceptionHandler((t, e) -> uncaught.add(e)).unstarted(task);
    threads.add(thread);
    if (task instanceof Housekeeper beating) {
      housekeeper = beating;
    }
    return thread;
  }

  private void beat() {
    Objects.requireNonNull(housekeeper).look();
  }

  /** Adds a connection, still to be opened. */
  ModelConnection connection(
      List<String> topics, Overflow overflow, Origin origin, ModelSink.Temper temper) {
    ModelSink sink = new ModelSink(log, temper);
    ModelConnection connection = new ModelConnection(log, topics, overflow, origin, sink);
    connections.add(connection);
    if (released) {
      sink.openGate();
    }
    return connection;
  }

  private void releaseAll() {
    released = true;
    connections.forEach(connection -> connection.sink.openGate());
  }

  /** Lets everybody act until all is over and no thread is left. */
  void play() throws Exception {
    List<Future<Boolean>> actors = new ArrayList<>();
    for (int i = 0; i < publishers.length; i++) {
      int publisher = i;
      SplittableRandom own = random.split();
      actors.add(start(() -> publish(publisher, own)));
    }
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      actors.add(start(new ModelClient(this, random.split())));
    }
    if (timed) {
      SplittableRandom own = random.split();
      actors.add(start(() -> passTime(own)));
    }
    log.awaitPublished(closesLate ? plannedEvents : random.nextInt(plannedEvents + 1));
    if (closesLate) {
      awaitAll(actors);
    }
    close();
    log.over();
    awaitAll(actors);
    for (Thread thread : threads) {
      assertTrue(thread.join(Stage.PATIENCE), () -> thread.getName() + " is still there");
    }
  }

  private void close() throws Exception {
    if (random.nextInt(3) == 0) {
      broker.close(Duration.ofNanos(random.nextInt(2) * 500_000L));
    } else {
      releaseAll();
      if (timed && closesLate) {
        assertHeartbeats();
      }
      assertTrue(Stage.await(Stage.async(() -> broker.close(Stage.PATIENCE))), "could not drain");
      drained = true;
    }
  }

  /** Whoever is idle for long enough is given something. */
  private void assertHeartbeats() {
    long deadline = System.nanoTime() + Stage.PATIENCE.toNanos();
    for (ModelConnection connection : connections) {
      int before = connection.sink.succeeded();
      while (!connection.sink.isClosed() && connection.sink.succeeded() == before) {
        assertTrue(System.nanoTime() - deadline < 0, () -> "no heartbeat for " + connection);
        now.addAndGet(HEARTBEAT.toNanos());
        beat();
        Thread.onSpinWait();
      }
    }
  }

  private Future<Boolean> start(Callable<Boolean> actor) {
    FutureTask<Boolean> task = new FutureTask<>(actor);
    if (random.nextBoolean()) {
      Thread.startVirtualThread(task);
    } else {
      Thread.ofPlatform().daemon().start(task);
    }
    return task;
  }

  private static void awaitAll(List<Future<Boolean>> actors) throws Exception {
    for (Future<Boolean> actor : actors) {
      Stage.await(actor);
    }
  }

  private boolean passTime(SplittableRandom own) throws InterruptedException {
    for (int i = 0; i < 30 && !log.isOver(); i++) {
      log.awaitPublished((long) plannedEvents * i / 30);
      now.addAndGet(Duration.ofMillis(own.nextInt(300)).toNanos());
      beat();
    }
    return true;
  }

  private boolean publish(int publisher, SplittableRandom own) {
    int left = publishers[publisher];
    try {
      while (left > 0) {
        int count = batches && own.nextInt(8) == 0 ? Math.min(left, own.nextInt(2, 9)) : 1;
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          events.add(event(publisher + "-" + left--, own));
        }
        log.publish(broker, TOPICS.get(own.nextInt(TOPICS.size())), events);
        for (int i = own.nextInt(2) * own.nextInt(2000); i > 0; i--) {
          Thread.onSpinWait();
        }
      }
    } catch (BrokerClosedException e) {
      return false;
    }
    return true;
  }

  private Event event(String name, SplittableRandom own) {
    String line = own.nextInt(5) == 0 ? "\n" : "";
    Event event = Event.of(name + line + "x".repeat(own.nextInt(maxSize)));
    return own.nextInt(3) == 0 ? event.withKey("k" + own.nextInt(3)) : event;
  }

  @Override
  public String toString() {
    return "ids %s, ample %s, awaits %s, timed %s, batches %s, closes late %s, %d events to %d bytes"
        .formatted(ids, ample, awaits, timed, batches, closesLate, plannedEvents, maxSize);
  }
}
