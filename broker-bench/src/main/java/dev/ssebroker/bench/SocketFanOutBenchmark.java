package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The number of deliveries per second of the server over loopback, while one thread of the same
 * process reads for all clients.
 *
 * <p>The result is the counter {@code deliveries}: events that this thread has read completely. The
 * score is the number of bursts. {@code cpuNanos} includes the whole process: broker, server,
 * system calls and the reading thread. The run fails if an event is dropped, a client lags or a
 * stream ends.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class SocketFanOutBenchmark extends BrokerBenchmark {
  /*
   * Memory. Events in flight are also bounded by bytes, since socket buffers are not limited by the heap.
   * 1,000 clients need at most 512 MiB of socket buffers, in addition to the heap of 1 GiB. Queues share their
   * frames. The copies that writers make, at most 80 KiB each, are on the heap.
   */
  private static final int IN_FLIGHT_BYTES = 512 * 1024;
  private static final int IN_FLIGHT_EVENTS = 256;

  /** The maximum size of an event without its data: field names, id and line ends. */
  private static final int OVERHEAD_BYTES = 64;

  /** The mark by which {@link EventScanner} counts an event. */
  private static final String MARK = "T=1;";

  @Param({"100", "1000"})
  int clients;

  /** The bytes of data per event, 4 or more. */
  @Param({"64", "1024", "16384"})
  int payload;

  @SuppressWarnings("NullAway.Init")
  private SseServer server;

  @SuppressWarnings("NullAway.Init")
  private SocketClients receivers;

  @SuppressWarnings("NullAway.Init")
  private BurstPublisher publisher;

  @Setup
  public void connect() throws IOException, InterruptedException {
    int maxInFlight = Math.min(IN_FLIGHT_EVENTS, IN_FLIGHT_BYTES / (payload + OVERHEAD_BYTES));
    Bursts bursts = new Bursts(maxInFlight, clients);
    Event event = Event.of(MARK + "x".repeat(payload - MARK.length()));
    broker = Broker.builder().queueEvents(IN_FLIGHT_EVENTS).queueBytes(IN_FLIGHT_BYTES).open();
    publisher = new BurstPublisher(broker, event, clients, bursts);
    server =
        SseServer.builder(broker, request -> Decision.stream(TOPIC))
            .host("127.0.0.1")
            .port(0)
            .start();
    receivers = SocketClients.connect(server.address(), clients, bursts);
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

  @TearDown
  public void disconnect() throws IOException, InterruptedException {
    receivers.close();
    server.close(Duration.ZERO);
  }
}
