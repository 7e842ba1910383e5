package dev.ssebroker.bench.alternatives;

import dev.ssebroker.bench.CpuTime;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of the ways to write a frame to a loopback socket from a virtual thread.
 *
 * <p>Each operation copies the frame to the buffer of its API, as a writer does with a batch, and
 * writes it. The peer is a platform thread that reads and discards everything.
 */
@State(Scope.Benchmark)
@Threads(1)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Djmh.executor=VIRTUAL"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SocketWriteBenchmark {
  private static final int WRITES = 64;
  private static final int PEER_BUFFER = 256 * 1024;

  @Param({"100", "1500", "16384"})
  int size;

  @Param
  @SuppressWarnings("NullAway.Init")
  SocketWriterKind kind;

  private final CpuTime cpuTime = new CpuTime();

  @SuppressWarnings("NullAway.Init")
  private byte[] frame;

  @SuppressWarnings("NullAway.Init")
  private SocketWriterKind.Out out;

  @SuppressWarnings("NullAway.Init")
  private Thread peer;

  /** Counts the cost of the writes and of the reads of the peer. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Cost {
    /** The CPU time of the process. Divided by the score, it is the cost of one write. */
    public long cpuNanos;
  }

  @Setup
  public void connect() throws IOException {
    if (!Thread.currentThread().isVirtual()) {
      throw new IllegalStateException("run with -Djmh.executor=VIRTUAL");
    }
    frame = new byte[size];
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      out = kind.connect(server.getLocalSocketAddress(), size);
      Socket accepted = server.accept();
      peer = Thread.ofPlatform().name("peer").daemon().start(() -> discard(accepted));
    }
  }

  private static void discard(Socket socket) {
    byte[] buffer = new byte[PEER_BUFFER];
    try (socket;
        InputStream in = socket.getInputStream()) {
      while (in.read(buffer) >= 0) {
        // The benchmark counts the writes.
      }
    } catch (IOException e) {
      // The writer fails as well, and with it the run.
    }
  }

  @Setup(Level.Iteration)
  public void restartCpuTime() {
    cpuTime.restart();
  }

  @Benchmark
  @OperationsPerInvocation(WRITES)
  public void write(Cost cost) throws IOException {
    for (int i = 0; i < WRITES; i++) {
      out.write(frame);
    }
    cost.cpuNanos += cpuTime.newNanos();
  }

  @TearDown
  public void disconnect() throws IOException, InterruptedException {
    out.close();
    peer.join();
  }
}
