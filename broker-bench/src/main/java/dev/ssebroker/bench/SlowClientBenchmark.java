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
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long it takes from a publish until the last good client has the event, while other clients
 * read nothing at all.
 *
 * <p>A stalled client that the broker ends subscribes again at once, as browsers do. A run in which
 * a good client misses an event or ends fails.
 */
@State(Scope.Benchmark)
@Threads(1)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms2g", "-Xmx2g"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 4)
public class SlowClientBenchmark {
  private static final String TOPIC = "bench";
  private static final Event EVENT = Event.of("x".repeat(64));

  @Param("1000")
  int clients;

  @Param({"0", "10"})
  int stalledPercent;

  /** What becomes of the stalled ones; one that is disconnected comes back at once. */
  @Param({"RESUME", "DISCONNECT"})
  String overflow = "";

  /** An outbox is full, and stays so or is ended, after so many events. */
  @Param("256")
  int outboxEvents;

  /** The good clients. Filled before the first event is published, then only read. */
  private final Set<Subscription> good = new HashSet<>();

  @SuppressWarnings("NullAway.Init")
  private Broker broker;

  /** One event at a time: a burst of one, and everything awaited. */
  @SuppressWarnings("NullAway.Init")
  private Bursts bursts;

  @Setup
  public void subscribe() throws InterruptedException {
    int stalled = clients * stalledPercent / 100;
    bursts = new Bursts(Bursts.IN_FLIGHT, clients - stalled);
    broker =
        Broker.builder()
            .overflow(overflow())
            .outboxEvents(outboxEvents)
            .listener(new Resubscriber())
            .open();
    CountDownLatch openings = new CountDownLatch(clients - stalled);
    for (int i = stalled; i < clients; i++) {
      good.add(broker.subscribe(TOPIC, new CountingSink(openings, bursts)));
    }
    for (int i = 0; i < stalled; i++) {
      broker.subscribe(TOPIC, new StalledSink());
    }
    openings.await();
  }

  private Overflow overflow() {
    return switch (overflow) {
      case "RESUME" -> Overflow.RESUME;
      case "DROP_OLDEST" -> Overflow.DROP_OLDEST;
      case "DROP_NEWEST" -> Overflow.DROP_NEWEST;
      case "LATEST" -> Overflow.LATEST;
      case "DISCONNECT" -> Overflow.DISCONNECT;
      default -> throw new IllegalArgumentException("no such policy: " + overflow);
    };
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

  @TearDown
  public void close() {
    broker.close(Duration.ZERO);
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
