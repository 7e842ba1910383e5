package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Broker;
import dev.ssebroker.CloseReason;
import dev.ssebroker.Event;
import dev.ssebroker.Sink;
import dev.ssebroker.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long a storm of clients takes that all come back at once, as after a restart of the network:
 * each on a virtual thread of its own, as a server has them, and with the same last event id. It is
 * over when each of them has received every event of before it came back. Meanwhile an event is
 * published every 10 milliseconds.
 *
 * <p>A run in which a client misses an event, has one twice or ends fails. JMH's table has the
 * counters' sums over the iterations; the text above the table has their least, mean and greatest.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 10)
public class ResumeBenchmark extends BrokerBenchmark {
  private static final Event EVENT = Event.of("x".repeat(64));
  private static final int PERIOD_MILLIS = 10;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  @Param("10000")
  int clients;

  /** How many events each client has missed when the storm begins; from 1. */
  @Param("100")
  int missed;

  private final List<Future<Resumer>> resumers = new ArrayList<>();
  private final LongAdder received = new LongAdder();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** Events behind the last event id: what each client is owed in the end. */
  private final AtomicInteger published = new AtomicInteger();

  private String lastEventId = "";
  private CountDownLatch storming = new CountDownLatch(0);

  /** What one storm brought. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Storm {
    /** Events that the sinks received. */
    public long deliveries;

    /** How long the publish took that took longest, in microseconds. */
    public long longestPublishMicros;
  }

  @Setup
  public void open() {
    broker = Broker.open();
  }

  @Setup(Level.Iteration)
  public void miss() {
    lastEventId = broker.publish(TOPIC, EVENT).id();
    published.set(0);
    while (published.get() < missed) {
      publish();
    }
    received.reset();
    storming = new CountDownLatch(clients);
  }

  private void publish() {
    broker.publish(TOPIC, EVENT);
    published.incrementAndGet();
  }

  @Benchmark
  public void resume(Storm storm) throws InterruptedException {
    long begin = System.nanoTime();
    long longest = 0;
    for (int i = 0; i < clients; i++) {
      resumers.add(threads.submit(this::comeBack));
    }
    while (!storming.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
      long before = System.nanoTime();
      publish();
      long after = System.nanoTime();
      longest = Math.max(longest, after - before);
      if (after - begin > PATIENCE_NANOS) {
        throw new IllegalStateException(
            "%d clients have not what they missed".formatted(storming.getCount()));
      }
    }
    storm.deliveries = received.sum();
    storm.longestPublishMicros = TimeUnit.NANOSECONDS.toMicros(longest);
  }

  private Resumer comeBack() {
    Resumer resumer = new Resumer(published.get(), storming, received);
    resumer.subscription = broker.subscription(TOPIC).lastEventId(lastEventId).open(resumer);
    return resumer;
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
    private final CountDownLatch storming;
    private final LongAdder received;

    /** Written by the thread that subscribes, before anybody else has this object. */
    @SuppressWarnings("NullAway.Init")
    private Subscription subscription;

    /** Written by the client's writer only, and read when that has ended. */
    private int events;

    Resumer(int missed, CountDownLatch storming, LongAdder received) {
      this.missed = missed;
      this.storming = storming;
      this.received = received;
    }

    @Override
    public void write(Batch batch) {
      int before = events;
      events += batch.events();
      received.add(batch.events());
      if (before < missed && events >= missed) {
        storming.countDown();
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
