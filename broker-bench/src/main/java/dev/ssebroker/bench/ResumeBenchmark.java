package dev.ssebroker.bench;

import dev.ssebroker.Event;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * How long a storm of clients takes that all come back at once, as after a restart of the network,
 * and what it costs. It is over when each client has received every event that was published before
 * it came back. During the storm, an event is published every 10 milliseconds.
 *
 * <p>JMH's table has the counters' sums over the iterations; the text above the table has their
 * least, mean and greatest.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ResumeBenchmark extends StormBenchmark {
  private static final Event EVENT = Event.of("x".repeat(64));
  private static final int PERIOD_MILLIS = 10;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final CountDownLatch openGate = new CountDownLatch(0);
  private final CpuTime cpuTime = new CpuTime();

  /** The counters of one storm. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Storm {
    /** Events that the sinks received. */
    public long deliveries;

    /** The time of the longest publish, in microseconds. */
    public long longestPublishMicros;

    /** Processor time of the process, publisher included, divided by the number of clients. */
    public long cpuNanosPerClient;
  }

  @Override
  Event event() {
    return EVENT;
  }

  @Benchmark
  public void resume(Storm storm) throws InterruptedException {
    cpuTime.restart();
    long begin = System.nanoTime();
    long longest = 0;
    begin(openGate);
    while (!storming().await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
      long before = System.nanoTime();
      publish();
      long after = System.nanoTime();
      longest = Math.max(longest, after - before);
      if (after - begin > PATIENCE_NANOS) {
        throw new IllegalStateException(
            "%d clients still miss events".formatted(storming().getCount()));
      }
    }
    storm.deliveries = received();
    storm.longestPublishMicros = TimeUnit.NANOSECONDS.toMicros(longest);
    storm.cpuNanosPerClient = cpuTime.newNanos() / clients;
  }
}
