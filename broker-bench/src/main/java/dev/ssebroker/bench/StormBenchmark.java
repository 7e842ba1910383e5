package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Broker;
import dev.ssebroker.CloseReason;
import dev.ssebroker.Event;
import dev.ssebroker.Sink;
import dev.ssebroker.Subscription;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What benchmarks of a storm have in common: many clients come back at once, each on a virtual
 * thread of its own, as a server has them, and with the same last event id. They subscribe to one
 * topic, or to a filter that selects many.
 *
 * <p>A run in which a client misses an event, receives one twice or ends fails.
 */
@Warmup(iterations = 5)
@Measurement(iterations = 10)
public abstract class StormBenchmark extends BrokerBenchmark {
  private static final String FILTER = "orders/**";

  /** Longer than any run takes. */
  private static final Duration HISTORY_AGE = Duration.ofDays(1);

  @Param("10000")
  int clients;

  /** How many events each client has missed when the storm begins; from 1. */
  @Param("100")
  int missed;

  /**
   * The number of topics that take turns with the events, all selected by the clients' filter; 0
   * for one topic without a filter. The broker's history has at most 16,384.
   */
  @Param("0")
  int topics;

  private final List<Future<Resumer>> resumers = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private final LongAdder received = new LongAdder();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** The number of events after the last event id. Each client receives all of them. */
  private final AtomicInteger published = new AtomicInteger();

  private int nextName;
  private String lastEventId = "";
  private CountDownLatch replaying = new CountDownLatch(0);
  private CountDownLatch storming = new CountDownLatch(0);

  /** Returns the event that is published each time. */
  abstract Event event();

  @Setup
  public void open() {
    broker = Broker.builder().historyAge(HISTORY_AGE).open();
    for (int i = 0; i < topics; i++) {
      names.add("orders/" + i);
    }
    if (topics == 0) {
      names.add(TOPIC);
    }
    names.forEach(name -> broker.publish(name, event()));
  }

  @Setup(Level.Iteration)
  public void miss() {
    lastEventId = publishNext();
    published.set(0);
    while (published.get() < missed) {
      publish();
    }
    received.reset();
  }

  /** Publishes one more event for all clients. Called by one thread. */
  final void publish() {
    publishNext();
    published.incrementAndGet();
  }

  private String publishNext() {
    String name = names.get(nextName);
    nextName = (nextName + 1) % names.size();
    return broker.publish(name, event()).id();
  }

  /**
   * Starts the return of all clients.
   *
   * @param gate the latch that each client awaits in its writes of events
   */
  final void begin(CountDownLatch gate) {
    replaying = new CountDownLatch(clients);
    storming = new CountDownLatch(clients);
    for (int i = 0; i < clients; i++) {
      resumers.add(threads.submit(() -> comeBack(gate)));
    }
  }

  private Resumer comeBack(CountDownLatch gate) {
    Resumer resumer = new Resumer(published.get(), replaying, storming, received, gate);
    String filter = topics == 0 ? TOPIC : FILTER;
    resumer.subscription = broker.subscription(filter).lastEventId(lastEventId).open(resumer);
    return resumer;
  }

  /** Returns the latch that each client counts down with its first event. */
  final CountDownLatch replaying() {
    return replaying;
  }

  /** Returns the latch that each client counts down when it has all events that it missed. */
  final CountDownLatch storming() {
    return storming;
  }

  /** Returns the number of events that the clients have received in this iteration. */
  final long received() {
    return received.sum();
  }

  @TearDown(Level.Iteration)
  public void endClients() throws InterruptedException, ExecutionException {
    for (Future<Resumer> resumer : resumers) {
      resumer.get().subscription.close();
    }
    for (Future<Resumer> resumer : resumers) {
      resumer.get().checkEnd(published.get());
    }
    checkClients(0);
    resumers.clear();
  }

  @TearDown
  public void endThreads() {
    threads.close();
  }

  private static final class Resumer implements Sink {
    private final int missed;
    private final CountDownLatch replaying;
    private final CountDownLatch storming;
    private final LongAdder received;
    private final CountDownLatch gate;

    /** Written by the thread that subscribes, before anybody else has this object. */
    @SuppressWarnings("NullAway.Init")
    private Subscription subscription;

    /** Written by the client's writer only, and read when that has ended. */
    private int events;

    Resumer(
        int missed,
        CountDownLatch replaying,
        CountDownLatch storming,
        LongAdder received,
        CountDownLatch gate) {
      this.missed = missed;
      this.replaying = replaying;
      this.storming = storming;
      this.received = received;
      this.gate = gate;
    }

    @Override
    public void write(Batch batch) throws InterruptedIOException {
      int before = events;
      events += batch.events();
      received.add(batch.events());
      if (before == 0 && events > 0) {
        replaying.countDown();
      }
      if (before < missed && events >= missed) {
        storming.countDown();
      }
      if (events > 0) {
        awaitGate();
      }
    }

    private void awaitGate() throws InterruptedIOException {
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException();
      }
    }

    @Override
    public void close() {}

    /** Waits for the client's end, and fails if it is not as it should be. */
    void checkEnd(int owed) throws InterruptedException {
      CloseReason reason = subscription.awaitEnd();
      if (events != owed || reason != CloseReason.UNSUBSCRIBED) {
        throw new IllegalStateException(
            "a client has %d of %d events and ended: %s".formatted(events, owed, reason));
      }
    }
  }
}
