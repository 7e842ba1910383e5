package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.QueueChoice;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How many deliveries a second the broker makes when sinks cost nothing.
 *
 * <p>The result is the counter {@code deliveries}: events counted by the sinks that received them.
 * The score beside it is the number of bursts published. A run in which an event is dropped or a
 * client ends fails.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class FanOutBenchmark extends BrokerBenchmark {
  private static final int QUEUE_EVENTS = 1024;

  /** So large that it is the events which bound a queue. */
  private static final long QUEUE_BYTES = 1 << 30;

  @Param({"1", "100", "1000", "10000"})
  int clients;

  /** Bytes of data per event. */
  @Param("64")
  int payload;

  /** How many events a client may be behind the publisher: few wake it for each, many batch. */
  @Param("1024")
  int maxInFlight;

  /** A client's queue: {@code own}, or one of the JDK's, {@code linked} or {@code array}. */
  @Param("own")
  @SuppressWarnings("NullAway.Init")
  String queue;

  @SuppressWarnings("NullAway.Init")
  private BurstPublisher publisher;

  @Setup
  public void subscribe() throws InterruptedException {
    if (maxInFlight > QUEUE_EVENTS) {
      throw new IllegalArgumentException(
          "maxInFlight is %d; a queue holds %d".formatted(maxInFlight, QUEUE_EVENTS));
    }
    Bursts bursts = new Bursts(maxInFlight, clients);
    broker =
        QueueChoice.valueOf(queue.toUpperCase(Locale.ROOT))
            .open(Broker.builder().queueEvents(QUEUE_EVENTS).queueBytes(QUEUE_BYTES));
    publisher = new BurstPublisher(broker, Event.of("x".repeat(payload)), clients, bursts);
    CountDownLatch openings = new CountDownLatch(clients);
    for (int i = 0; i < clients; i++) {
      broker.subscribe(TOPIC, new CountingSink(openings, bursts));
    }
    openings.await();
  }

  @Setup(Level.Iteration)
  public void begin() {
    publisher.begin();
  }

  @Benchmark
  public void publish(Received received) throws InterruptedException {
    publisher.publish(received);
  }

  @TearDown(Level.Iteration)
  public void settle() throws InterruptedException {
    publisher.settle();
    checkClients(clients);
  }
}
