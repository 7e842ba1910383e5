package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import java.time.Duration;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Base of the benchmarks of one broker: one calling thread, a heap of fixed size, and the close of
 * the broker. Subclasses may override its annotations.
 */
@State(Scope.Benchmark)
@Threads(1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms2g", "-Xmx2g"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public abstract class BrokerBenchmark {
  static final String TOPIC = "bench";

  /** Opened by the setup of the subclass. */
  @SuppressWarnings("NullAway.Init")
  Broker broker;

  @TearDown
  public void close() {
    broker.close(Duration.ZERO);
  }

  /** Fails the run if the number of clients differs from the expected one. */
  final void checkClients(int expected) {
    int count = broker.clientCount();
    if (count != expected) {
      throw new IllegalStateException("there are %d clients, not %d".formatted(count, expected));
    }
  }
}
