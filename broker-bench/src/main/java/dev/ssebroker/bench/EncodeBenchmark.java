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
 * What it costs to write an event as {@code text/event-stream}, which happens once per publish.
 *
 * <p>The encoder is not public, so this is a publish to a topic that nobody listens to: the rest of
 * it, the topic's check, the lock and the receipt, is the figure for a payload of 0. With a history
 * the figure has the appending and the eviction as well.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EncodeBenchmark extends BrokerBenchmark {
  private static final String LINE = "x".repeat(31) + "\n";

  /** Bytes of data. */
  @Param({"0", "64", "1024", "16384"})
  int payload;

  /** Whether every 32nd byte of the data is a line break. */
  @Param({"false", "true"})
  boolean manyLines;

  /** What the history keeps; 0 is no history. */
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
