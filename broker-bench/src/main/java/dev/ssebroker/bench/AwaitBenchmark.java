package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Overflow;
import dev.ssebroker.Sink;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What an event costs under {@link Overflow#await} while the publisher waits for a slow client.
 *
 * <p>A slow client has a queue for one event and takes one event per period. The publisher waits
 * for it in each publish, while the good clients receive the event before. Without a slow client,
 * the publisher keeps to the period by itself, so the good clients receive the same events at the
 * same rate.
 *
 * <p>The score is the number of events published. The processor time of an event is the counter
 * {@code cpuNanos} divided by the score. A run in which a client misses an event or ends, or a
 * publisher's patience ends, fails.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Measurement(iterations = 5, time = 4)
public class AwaitBenchmark extends BrokerBenchmark {
  private static final Event EVENT = Event.of("x".repeat(64));

  /** Longer than any wait takes. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** The good ones. */
  @Param({"1000", "10000"})
  int clients;

  @Param({"0", "1"})
  int slow;

  /** Longer than the good clients take for an event; else they receive several at once. */
  @Param("50")
  int periodMillis;

  @SuppressWarnings("NullAway.Init")
  private BurstPublisher publisher;

  /** When the next event may be published if there is no slow client. */
  private long nextNanos;

  @Setup
  public void subscribe() throws InterruptedException {
    int all = clients + slow;
    Bursts bursts = new Bursts(Bursts.IN_FLIGHT, all);
    broker = Broker.builder().overflow(Overflow.await(PATIENCE)).open();
    publisher = new BurstPublisher(broker, EVENT, all, bursts);
    CountDownLatch openings = new CountDownLatch(all);
    for (int i = 0; i < clients; i++) {
      broker.subscribe(TOPIC, new CountingSink(openings, bursts));
    }
    for (int i = 0; i < slow; i++) {
      Sink sink = new PacedSink(new CountingSink(openings, bursts), periodMillis);
      broker.subscription(TOPIC).queueEvents(1).open(sink);
    }
    openings.await();
  }

  @Setup(Level.Iteration)
  public void begin() {
    nextNanos = System.nanoTime();
    publisher.begin();
  }

  @Benchmark
  public void publish(Received received) throws InterruptedException {
    if (slow == 0) {
      awaitPeriod();
    }
    publisher.publish(received);
  }

  private void awaitPeriod() {
    long now = System.nanoTime();
    while (nextNanos - now > 0) {
      LockSupport.parkNanos(nextNanos - now);
      now = System.nanoTime();
    }
    nextNanos = now + TimeUnit.MILLISECONDS.toNanos(periodMillis);
  }

  @TearDown(Level.Iteration)
  public void settle() throws InterruptedException {
    publisher.settle();
    checkClients(clients + slow);
  }
}
