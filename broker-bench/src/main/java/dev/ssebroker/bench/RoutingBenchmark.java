package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Receipt;
import dev.ssebroker.Sink;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * What a publish to one client costs when there are others with topics of their own: it is not to
 * depend on how many.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms2g", "-Xmx2g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
public class RoutingBenchmark {
  private static final Event EVENT = Event.of("x".repeat(64));
  private static final String TOPIC = "client/0";

  /** Each has a topic of its own, and one of them is published to. */
  @Param({"1", "100", "10000"})
  int clients;

  @SuppressWarnings("NullAway.Init")
  private Broker broker;

  @Setup
  public void subscribe() {
    broker = Broker.open();
    for (int i = 0; i < clients; i++) {
      broker.subscribe("client/" + i, new Discarding());
    }
  }

  @Benchmark
  public Receipt publish() {
    Receipt receipt = broker.publish(TOPIC, EVENT);
    if (receipt.offered() + receipt.behind() != 1) {
      throw new IllegalStateException("not published to one client: " + receipt);
    }
    return receipt;
  }

  @TearDown
  public void close() {
    broker.close(Duration.ZERO);
  }

  private static final class Discarding implements Sink {
    @Override
    public void write(Batch batch) {}

    @Override
    public void close() {}
  }
}
