package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Receipt;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of encoding an event as {@code text/event-stream}, which happens once per publish.
 *
 * <p>The encoder is not public, so this benchmark publishes to a topic without clients. A payload
 * of 0 shows the remaining cost: topic check, lock and receipt. With a history, the cost includes
 * appending and eviction.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EncodeBenchmark extends BrokerBenchmark {
  private static final String LINE = "x".repeat(31) + "\n";

  /** The number of bytes of the data. */
  @Param({"0", "64", "1024", "16384"})
  int payload;

  /** Whether every 32nd byte of the data is a line break. */
  @Param({"false", "true"})
  boolean manyLines;

  /** The size of the history; 0 disables it. */
  @Param({"0", "10000"})
  int historyEvents;

  @SuppressWarnings("NullAway.Init")
  private Event event;

  @Setup
  public void open() {
    event =
        Event.of(
            manyLines
                ? LINE.repeat(payload / LINE.length() + 1).substring(0, payload)
                : "x".repeat(payload));
    broker = Broker.builder().historyEvents(historyEvents).open();
  }

  @Benchmark
  public Receipt publish() {
    return broker.publish(TOPIC, event);
  }
}
