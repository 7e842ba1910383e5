package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.BrokerListener;
import dev.ssebroker.CloseReason;
import dev.ssebroker.Event;
import dev.ssebroker.Overflow;
import dev.ssebroker.Subscription;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
 * How long it takes from a publish until the last good client has the event, while other clients
 * read nothing at all.
 *
 * <p>A stalled client that the broker ends subscribes again at once, as browsers do. A run in which
 * a good client misses an event or ends fails.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Measurement(iterations = 5, time = 4)
public class SlowClientBenchmark extends BrokerBenchmark {

  /** The key is for {@link Overflow#LATEST}; the others do not look at it. */
  private static final Event EVENT = Event.of("x".repeat(64)).withKey("state");

  /** What becomes of the stalled ones. */
  public enum Policy {
    REPLAY(Overflow.REPLAY),
    DROP_OLDEST(Overflow.DROP_OLDEST),
    DROP_NEWEST(Overflow.DROP_NEWEST),
    LATEST(Overflow.LATEST),
    /** They come back at once. */
    DISCONNECT(Overflow.DISCONNECT),
    /**
     * They hold the publisher once, for its patience: whoever is stalled then falls behind, as
     * under {@link #REPLAY}, and is not waited for again. That one publish is in the warm-up unless
     * queues are large.
     */
    AWAIT(Overflow.await(Duration.ofMillis(10)));

    @SuppressWarnings("ImmutableEnumChecker") // It is immutable, by its own words.
    private final Overflow overflow;

    Policy(Overflow overflow) {
      this.overflow = overflow;
    }
  }

  /** The good ones; those that are stalled come on top. */
  @Param("1000")
  int clients;

  /** Of all clients. */
  @Param({"0", "1", "10", "50"})
  int stalledPercent;

  @Param
  @SuppressWarnings("NullAway.Init")
  Policy overflow;

  /** A queue is full, and stays so or is ended, after so many events. */
  @Param("256")
  int queueEvents;

  /** The good clients. Filled before the first event is published, then only read. */
  private final Set<Subscription> good = new HashSet<>();

  /** One event at a time: a burst of one, and everything awaited. */
  @SuppressWarnings("NullAway.Init")
  private Bursts bursts;

  @Setup
  public void subscribe() throws InterruptedException {
    int stalled = clients * stalledPercent / (100 - stalledPercent);
    bursts = new Bursts(Bursts.IN_FLIGHT, clients);
    broker =
        Broker.builder()
            .overflow(overflow.overflow)
            .queueEvents(queueEvents)
            .listener(new Resubscriber())
            .open();
    CountDownLatch openings = new CountDownLatch(clients);
    for (int i = 0; i < clients; i++) {
      good.add(broker.subscribe(TOPIC, new CountingSink(openings, bursts)));
    }
    for (int i = 0; i < stalled; i++) {
      broker.subscribe(TOPIC, new StalledSink());
    }
    openings.await();
  }

  @Benchmark
  public void publish() throws InterruptedException {
    bursts.awaitRoom();
    broker.publish(TOPIC, EVENT);
    bursts.awaitAll();
  }

  @TearDown(Level.Iteration)
  public void checkShares() {
    // A client that the broker has ended and one that takes its place may both be counted.
    if (broker.clientCount() < good.size()) {
      throw new IllegalStateException("a good client has ended");
    }
  }

  private final class Resubscriber implements BrokerListener {
    @Override
    public void clientEnded(Subscription subscription, CloseReason reason, int clients) {
      if (reason == CloseReason.BROKER_CLOSED) {
        return;
      }
      if (good.contains(subscription)) {
        bursts.fail(new IllegalStateException("%s ended: %s".formatted(subscription, reason)));
        return;
      }
      try {
        broker.subscribe(TOPIC, new StalledSink());
      } catch (BrokerClosedException e) {
        // The run is over.
      }
    }
  }
}
