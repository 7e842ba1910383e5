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
 * The time from a publish until the last healthy client has received the event, while other clients
 * are stalled.
 *
 * <p>A stalled client that the broker ends subscribes again at once, as browsers do. The run fails
 * if a healthy client misses an event or ends.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Measurement(iterations = 5, time = 4)
public class SlowClientBenchmark extends BrokerBenchmark {

  /** Only {@link Overflow#LATEST} uses the key. */
  private static final Event EVENT = Event.of("x".repeat(64)).withKey("state");

  /** The overflow policy, which applies to the stalled clients. */
  public enum Policy {
    REPLAY(Overflow.REPLAY),
    DROP_OLDEST(Overflow.DROP_OLDEST),
    DROP_NEWEST(Overflow.DROP_NEWEST),
    LATEST(Overflow.LATEST),
    /** Disconnected clients subscribe again at once. */
    DISCONNECT(Overflow.DISCONNECT),
    /**
     * The publisher waits for stalled clients once, up to its patience. After that they lag as
     * under {@link #REPLAY}, and the publisher does not wait for them again. Unless queues are
     * large, this happens during the warm-up.
     */
    AWAIT(Overflow.await(Duration.ofMillis(10)));

    @SuppressWarnings("ImmutableEnumChecker") // Overflow is documented as immutable.
    private final Overflow overflow;

    Policy(Overflow overflow) {
      this.overflow = overflow;
    }
  }

  /** The number of healthy clients. Stalled clients are additional. */
  @Param("1000")
  int clients;

  /** The share of stalled clients among all clients. */
  @Param({"0", "1", "10", "50"})
  int stalledPercent;

  @Param
  @SuppressWarnings("NullAway.Init")
  Policy overflow;

  /** The number of events after which the queue of a stalled client is full. */
  @Param("256")
  int queueEvents;

  /** The healthy clients. Filled before the first event is published, then only read. */
  private final Set<Subscription> healthy = new HashSet<>();

  /** Bursts of one event, each of which is awaited. */
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
      healthy.add(broker.subscribe(TOPIC, new CountingSink(openings, bursts)));
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
  public void checkHealthyClients() {
    // The count may include both a client that the broker has ended and its replacement.
    if (broker.clientCount() < healthy.size()) {
      throw new IllegalStateException("a healthy client has ended");
    }
  }

  private final class Resubscriber implements BrokerListener {
    @Override
    public void clientEnded(Subscription subscription, CloseReason reason, int clients) {
      if (reason == CloseReason.BROKER_CLOSED) {
        return;
      }
      if (healthy.contains(subscription)) {
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
