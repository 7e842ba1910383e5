package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Receipt;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
 * How many deliveries a second the broker makes when sinks cost nothing.
 *
 * <p>The result is the counter {@code deliveries}: events counted by the sinks that received them.
 * The score beside it is the number of bursts published. A run in which an event is dropped or a
 * client ends fails.
 */
@State(Scope.Benchmark)
@Threads(1)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms2g", "-Xmx2g"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class FanOutBenchmark {
  private static final String TOPIC = "bench";
  private static final int OUTBOX_EVENTS = 1024;

  /** So large that it is the events which bound an outbox. */
  private static final long OUTBOX_BYTES = 1 << 30;

  @Param({"1", "100", "1000", "10000"})
  int clients;

  /** Bytes of data per event. */
  @Param("64")
  int payload;

  /** How many events a client may be behind the publisher: few wake it for each, many batch. */
  @Param("1024")
  int maxInFlight;

  @SuppressWarnings("NullAway.Init")
  private Broker broker;

  @SuppressWarnings("NullAway.Init")
  private Event event;

  @SuppressWarnings("NullAway.Init")
  private Bursts bursts;

  private final CpuTime cpuTime = new CpuTime();

  /** Counts what the sinks received and what that cost. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Received {
    public long deliveries;

    /** Processor time of the process: divided by the other counter, the cost of one. */
    public long cpuNanos;
  }

  @Setup
  public void subscribe() throws InterruptedException {
    if (maxInFlight > OUTBOX_EVENTS) {
      throw new IllegalArgumentException(
          "maxInFlight is %d; an outbox holds %d".formatted(maxInFlight, OUTBOX_EVENTS));
    }
    event = Event.of("x".repeat(payload));
    bursts = new Bursts(maxInFlight, clients);
    broker = Broker.builder().outboxEvents(OUTBOX_EVENTS).outboxBytes(OUTBOX_BYTES).open();
    CountDownLatch openings = new CountDownLatch(clients);
    for (int i = 0; i < clients; i++) {
      broker.subscribe(TOPIC, new CountingSink(openings, bursts));
    }
    openings.await();
  }

  @Setup(Level.Iteration)
  public void restartCpuTime() {
    cpuTime.restart();
  }

  @Benchmark
  public void publish(Received received) throws InterruptedException {
    bursts.awaitRoom();
    for (int i = 0; i < bursts.events(); i++) {
      Receipt receipt = broker.publish(TOPIC, event);
      if (receipt.dropped() != 0 || receipt.offered() != clients) {
        throw new IllegalStateException("%s for %d clients".formatted(receipt, clients));
      }
    }
    received.deliveries += bursts.newReceptions();
    received.cpuNanos += cpuTime.newNanos();
  }

  /** What is still on its way belongs to no iteration. */
  @TearDown(Level.Iteration)
  public void settle() throws InterruptedException {
    bursts.awaitAll();
    bursts.newReceptions();
    if (broker.clientCount() != clients) {
      throw new IllegalStateException(
          "%d of %d clients are left".formatted(broker.clientCount(), clients));
    }
  }

  @TearDown
  public void close() {
    broker.close(Duration.ZERO);
  }
}
