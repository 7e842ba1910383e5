package dev.ssebroker.bench.alternatives;

import dev.ssebroker.Batch;
import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Receipt;
import dev.ssebroker.Sink;
import dev.ssebroker.bench.Bursts;
import dev.ssebroker.bench.CpuTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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
 * The cost and the savings of compression when many clients receive the same events.
 *
 * <p>The results are the counters {@code cpuNanos} and {@code bytes}, each divided by {@code
 * deliveries}. A delivery is one event, encoded for one client. The score is the number of bursts.
 * Nothing is sent.
 */
@State(Scope.Benchmark)
@Threads(1)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms2g", "-Xmx2g"})
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class GzipBenchmark {
  private static final String TOPIC = "bench";

  /** Enough events that the 32 KiB window of a deflater never contains the same event twice. */
  private static final int EVENTS = 64;

  @Param("1000")
  int clients;

  /** The characters of data per event. */
  @Param({"1024", "16384"})
  int payload;

  @Param
  @SuppressWarnings("NullAway.Init")
  GzipKind kind;

  /** The maximum lag of a client in events. */
  @Param("16")
  int maxInFlight;

  private final List<Event> events = new ArrayList<>();
  private final List<GzipKind.Encoding> encodings = new ArrayList<>();
  private final LongAdder deliveries = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final CpuTime cpuTime = new CpuTime();
  private int published;

  @SuppressWarnings("NullAway.Init")
  private Broker broker;

  @SuppressWarnings("NullAway.Init")
  private Bursts bursts;

  /** Counts the encoded events and bytes, and their cost. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Encoded {
    public long deliveries;

    /** The encoded bytes. */
    public long bytes;

    /** The CPU time of the process. Divided by the deliveries, it is the cost of one delivery. */
    public long cpuNanos;
  }

  @Setup
  public void subscribe() throws InterruptedException {
    Random random = new Random(1);
    for (int i = 0; i < EVENTS; i++) {
      events.add(Event.of(json(random)));
    }
    bursts = new Bursts(maxInFlight, clients);
    broker = Broker.open();
    CountDownLatch openings = new CountDownLatch(clients);
    for (int i = 0; i < clients; i++) {
      GzipKind.Encoding encoding = kind.open();
      encodings.add(encoding);
      broker.subscribe(TOPIC, new EncodingSink(encoding, openings));
    }
    openings.await();
  }

  private String json(Random random) {
    List<String> symbols = List.of("ACME", "GLOBEX", "INITECH", "UMBRELLA", "HOOLI", "STARK");
    List<String> states = List.of("open", "filled", "cancelled", "partially filled");
    StringBuilder json = new StringBuilder("[");
    while (json.length() < payload) {
      json.append(
          "{\"id\":%d,\"symbol\":\"%s\",\"price\":%.2f,\"quantity\":%d,\"state\":\"%s\"},"
              .formatted(
                  random.nextInt(1_000_000),
                  symbols.get(random.nextInt(symbols.size())),
                  random.nextDouble(1_000),
                  random.nextInt(500),
                  states.get(random.nextInt(states.size()))));
    }
    return json.substring(0, payload);
  }

  private final class EncodingSink implements Sink {
    private final GzipKind.Encoding encoding;
    private final CountDownLatch openings;
    private final Bursts.Tally tally = bursts.newTally();

    /** Used by the client's writer only. */
    private boolean opened;

    EncodingSink(GzipKind.Encoding encoding, CountDownLatch openings) {
      this.encoding = encoding;
      this.openings = openings;
    }

    @Override
    public void write(Batch batch) {
      if (!opened) {
        opened = true;
        openings.countDown();
      }
      bytes.add(encoding.encode(batch));
      deliveries.add(batch.events());
      tally.add(batch.events());
    }

    @Override
    public void close() {}
  }

  @Setup(Level.Iteration)
  public void restartCounters() {
    cpuTime.restart();
    deliveries.reset();
    bytes.reset();
  }

  @Benchmark
  public void publish(Encoded encoded) throws InterruptedException {
    bursts.awaitRoom();
    for (int i = 0; i < bursts.events(); i++) {
      Receipt receipt = broker.publish(TOPIC, events.get(published++ % EVENTS));
      if (receipt.dropped() != 0 || receipt.queued() != clients) {
        throw new IllegalStateException("%s for %d clients".formatted(receipt, clients));
      }
    }
    encoded.deliveries += deliveries.sumThenReset();
    encoded.bytes += bytes.sumThenReset();
    encoded.cpuNanos += cpuTime.newNanos();
  }

  /** Waits for events in flight, which belong to no iteration. */
  @TearDown(Level.Iteration)
  public void settle() throws InterruptedException {
    bursts.awaitAll();
    if (broker.clientCount() != clients) {
      throw new IllegalStateException(
          "%d of %d clients are connected".formatted(broker.clientCount(), clients));
    }
  }

  @TearDown
  public void close() {
    broker.close(Duration.ZERO);
    encodings.forEach(GzipKind.Encoding::end);
  }
}
