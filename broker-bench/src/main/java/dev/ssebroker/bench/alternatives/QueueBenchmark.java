package dev.ssebroker.bench.alternatives;

import dev.ssebroker.bench.Bursts;
import dev.ssebroker.bench.CpuTime;
import java.util.ArrayList;
import java.util.List;
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
 * The throughput of queues when one producer offers each object to all of them, and each has a
 * consumer on its own virtual thread.
 *
 * <p>The result is the counter {@code taken}: objects that the consumers have taken. The score is
 * the number of bursts. A full queue fails the run.
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
public class QueueBenchmark {
  private static final int BOUND = 1024;
  private static final Object END = new Object();

  @Param({"100", "1000", "10000"})
  int clients;

  @Param
  @SuppressWarnings("NullAway.Init")
  LaneKind kind;

  /**
   * The maximum lag of a consumer in objects. A small one wakes it for each, a large one batches.
   */
  @Param("1024")
  int maxInFlight;

  private final List<Thread> consumers = new ArrayList<>();

  @SuppressWarnings("NullAway.Init")
  private Lane[] lanes;

  @SuppressWarnings("NullAway.Init")
  private Bursts bursts;

  private final CpuTime cpuTime = new CpuTime();

  /** Counts the taken objects and their cost. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Taken {
    public long taken;

    /** The CPU time of the process. Divided by {@code taken}, it is the cost of one object. */
    public long cpuNanos;
  }

  @Setup
  public void start() {
    bursts = new Bursts(maxInFlight, clients);
    lanes = kind.create(clients, BOUND);
    for (Lane lane : lanes) {
      consumers.add(Thread.startVirtualThread(() -> consume(lane, bursts.newTally())));
    }
  }

  private void consume(Lane lane, Bursts.Tally tally) {
    List<Object> batch = new ArrayList<>();
    try {
      while (true) {
        lane.take(batch);
        if (batch.getLast() == END) {
          return;
        }
        tally.add(batch.size());
        batch.clear();
      }
    } catch (InterruptedException e) {
      bursts.fail(e);
    }
  }

  @Setup(Level.Iteration)
  public void restartCpuTime() {
    cpuTime.restart();
  }

  @Benchmark
  public void offer(Taken taken) throws InterruptedException {
    bursts.awaitRoom();
    for (int i = 0; i < bursts.events(); i++) {
      Object frame = this;
      for (Lane lane : lanes) {
        if (!lane.offer(frame)) {
          throw new IllegalStateException("a queue is full");
        }
      }
    }
    taken.taken += bursts.newReceptions();
    taken.cpuNanos += cpuTime.newNanos();
  }

  /** Waits for objects in flight, which belong to no iteration. */
  @TearDown(Level.Iteration)
  public void settle() throws InterruptedException {
    bursts.awaitAll();
    bursts.newReceptions();
  }

  @TearDown
  public void stop() throws InterruptedException {
    for (Lane lane : lanes) {
      lane.offer(END);
    }
    for (Thread consumer : consumers) {
      consumer.join();
    }
  }
}
