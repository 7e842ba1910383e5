package dev.ssebroker.bench;

import dev.ssebroker.Event;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How much heap a replaying client takes. All clients come back at once, and block in the write of
 * their first page while there is more to read. The live heap is then compared with the one before.
 * The difference includes all of a client: its subscription, its queue, its writer's stack and the
 * benchmark's own sink, besides its replay.
 *
 * <p>The result is the counter {@code heapBytesPerClient}; the score, a time, includes two full
 * collections. JMH's table has the counter's sum over the iterations; the text above the table has
 * its mean.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class ReplayHeapBenchmark extends StormBenchmark {
  /** So large that 100 events do not fit one page. */
  private static final Event EVENT = Event.of("x".repeat(1024));

  private static final int PATIENCE_SECONDS = 120;
  private static final MemoryMXBean MEMORY = ManagementFactory.getMemoryMXBean();

  /** The counter of one storm. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Heap {
    public long heapBytesPerClient;
  }

  @Override
  Event event() {
    return EVENT;
  }

  @Benchmark
  public void hold(Heap heap) throws InterruptedException {
    CountDownLatch gate = new CountDownLatch(1);
    try {
      long before = liveBytes();
      begin(gate);
      await(replaying());
      if (storming().getCount() < clients) {
        throw new IllegalStateException("a client had all that it missed in the first page");
      }
      heap.heapBytesPerClient = (liveBytes() - before) / clients;
    } finally {
      gate.countDown();
    }
    await(storming());
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("%d clients still miss events".formatted(latch.getCount()));
    }
  }

  /** Returns the size of all live objects. */
  private static long liveBytes() {
    System.gc();
    return MEMORY.getHeapMemoryUsage().getUsed();
  }
}
