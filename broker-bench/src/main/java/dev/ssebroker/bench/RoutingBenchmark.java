package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Receipt;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of a publish to one client while other clients have topics of their own. The result
 * should not depend on their number.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
public class RoutingBenchmark extends BrokerBenchmark {
  private static final Event EVENT = Event.of("x".repeat(64));
  private static final String FIRST = "client/0";

  /** The number of clients. Each has its own topic, and the benchmark publishes to one of them. */
  @Param({"1", "100", "10000"})
  int clients;

  @Setup
  public void subscribe() {
    broker = Broker.open();
    for (int i = 0; i < clients; i++) {
      broker.subscribe("client/" + i, new DiscardingSink());
    }
  }

  @Benchmark
  public Receipt publish() {
    Receipt receipt = broker.publish(FIRST, EVENT);
    if (receipt.queued() + receipt.replaying() != 1) {
      throw new IllegalStateException("not published to one client: " + receipt);
    }
    return receipt;
  }
}
