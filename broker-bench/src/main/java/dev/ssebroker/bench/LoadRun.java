package dev.ssebroker.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One load run: connects, catches up if it resumes, warms up, measures, waits for what is under
 * way, and reports.
 */
final class LoadRun implements AutoCloseable {
  /** Of the ports that Linux gives to outgoing connections of one source address, nearly all. */
  private static final int CONNECTIONS_PER_SOURCE = 28_000;

  /** The tool's own open files, roughly: the jar, the JDK's modules, selectors. */
  private static final int OTHER_FILES = 50;

  private static final int STALLED_RECEIVE_BUFFER = 4096;
  static final int CONNECT_TIMEOUT_MILLIS = 10_000;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final Duration SCOUT_PATIENCE = Duration.ofSeconds(60);
  private static final long LONGEST_PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long LONGEST_DRAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** From saying when the window begins to its beginning, so that every reader knows in time. */
  private static final long AHEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final LoadSettings settings;
  private final Progress progress;
  private final @Nullable ResumePoint since;
  private final byte[] request;
  private final InetSocketAddress server;
  private final @Nullable ServerProcess process;
  private final List<LoadReader> readers = new ArrayList<>();
  private final List<SocketChannel> stalled = new ArrayList<>();

  private LoadRun(LoadSettings settings, Progress progress) throws LoadFailure, IOException {
    this.settings = settings;
    this.progress = progress;
    this.server = new InetSocketAddress(settings.url().getHost(), settings.port());
    if (server.isUnresolved()) {
      throw new LoadFailure("there is no host '" + settings.url().getHost() + "'");
    }
    checkOpenFiles();
    this.process = settings.pids().isEmpty() ? null : new ServerProcess(settings.pids());
    this.since = settings.resume() == 0 ? null : LoadScout.find(settings, server, SCOUT_PATIENCE);
    this.request =
        settings.request(since == null ? "" : since.id()).getBytes(StandardCharsets.UTF_8);
    for (int i = 1; i <= settings.threads(); i++) {
      readers.add(new LoadReader(i, request, since));
    }
  }

  /**
   * Runs once.
   *
   * @param settings what to do
   * @param progress is told how it goes on
   * @return what was measured
   * @throws LoadFailure if nothing could be measured
   */
  static LoadReport run(LoadSettings settings, Progress progress)
      throws LoadFailure, InterruptedException {
    try (LoadRun run = new LoadRun(settings, progress)) {
      return run.measure();
    } catch (IOException e) {
      throw cannotConnect(e);
    }
  }

  static LoadFailure cannotConnect(IOException e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    if (message.contains("Too many open files")) {
      return new LoadFailure("too many open files: raise the limit with 'ulimit -n' in this shell");
    }
    if (e instanceof BindException || message.contains("Cannot assign requested address")) {
      return new LoadFailure(
          "no local port is left for another connection (" + message + "): use fewer clients");
    }
    if (e instanceof ConnectException) {
      return new LoadFailure("cannot connect: " + message + "; does the server run there?");
    }
    return new LoadFailure("cannot connect: " + message);
  }

  private void checkOpenFiles() throws LoadFailure {
    long needed = (long) settings.clients() + settings.stalled() + OTHER_FILES;
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        && system.getMaxFileDescriptorCount() < needed) {
      throw new LoadFailure(
          "%,d connections need %,d file descriptors and this process may open %,d: raise the limit with 'ulimit -n %d' in this shell"
              .formatted(
                  settings.clients() + settings.stalled(),
                  needed,
                  system.getMaxFileDescriptorCount(),
                  needed));
    }
  }

  private LoadReport measure() throws IOException, LoadFailure, InterruptedException {
    LoadReport.Memory before = memory();
    long beginTime = EpochClock.nanos();
    long begin = System.nanoTime();
    connect();
    double connectSeconds = (System.nanoTime() - begin) / 1e9;
    if (since != null) {
      catchUp();
    }
    LoadReport.Memory connected = memory();
    connectStalled();
    pause("warming up", TimeUnit.SECONDS.toNanos(settings.warmupSeconds()));

    long start = EpochClock.nanos() + AHEAD_NANOS;
    long end = start + TimeUnit.SECONDS.toNanos(settings.seconds());
    for (LoadReader reader : readers) {
      reader.measure(new LoadClient.Window(start, end));
    }
    pause("measuring", start - EpochClock.nanos());
    Usage first = Usage.now(process, readers);
    pause("measuring", end - EpochClock.nanos());
    Usage used = Usage.now(process, readers).since(first);
    LoadReport.Memory after = memory();
    drain();
    progress.end();
    for (LoadReader reader : readers) {
      reader.stop();
    }
    return new LoadSums(readers, since)
        .report(settings, used, beginTime, connectSeconds, List.of(before, connected, after));
  }

  private LoadReport.Memory memory() throws LoadFailure {
    return new LoadReport.Memory(process == null ? 0 : process.residentBytes());
  }

  /**
   * Begins connections as fast as the server answers them: only so many may be without an answer.
   * After a while the next one is begun all the same, since some servers answer only with the first
   * event.
   */
  private void connect() throws IOException, LoadFailure, InterruptedException {
    readers.forEach(LoadReader::start);
    for (int i = 0; i < settings.clients(); i++) {
      long began = System.nanoTime();
      while (i - answered() >= settings.pace() && System.nanoTime() - began < LONGEST_PACE_NANOS) {
        LockSupport.parkNanos(50_000);
      }
      SocketChannel channel = open(i);
      channel.configureBlocking(false);
      readers.get(i % readers.size()).connect(channel, server);
      look("connecting");
    }
    int last = -1;
    long lastChange = System.nanoTime();
    while (answered() < settings.clients()) {
      int now = answered();
      if (now != last) {
        last = now;
        lastChange = System.nanoTime();
      } else if (System.nanoTime() - lastChange > PATIENCE_NANOS) {
        throw new LoadFailure(
            "%,d of %,d connections have had no answer for %d seconds"
                .formatted(
                    settings.clients() - now,
                    settings.clients(),
                    TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS)));
      }
      TimeUnit.MILLISECONDS.sleep(1);
      look("connecting");
    }
  }

  /** Waits until every client is level, but not if for a while none becomes so. */
  private void catchUp() throws LoadFailure, InterruptedException {
    int last = -1;
    long lastChange = System.nanoTime();
    while (last < settings.clients() && System.nanoTime() - lastChange < PATIENCE_NANOS) {
      int now = readers.stream().mapToInt(LoadReader::caughtUp).sum();
      if (now != last) {
        last = now;
        lastChange = System.nanoTime();
      }
      TimeUnit.MILLISECONDS.sleep(1);
      look("catching up");
    }
  }

  /**
   * Opens the n-th socket. One source address has too few ports for very many clients; of the
   * loopback's addresses there are plenty.
   */
  private SocketChannel open(int n) throws IOException, LoadFailure {
    SocketChannel channel = SocketChannel.open();
    int source = n / CONNECTIONS_PER_SOURCE;
    if (source > 0) {
      byte[] address = server.getAddress().getAddress();
      if (!server.getAddress().isLoopbackAddress() || address.length != 4) {
        channel.close();
        throw new LoadFailure(
            "more than %,d connections need several source addresses, which only a server at 127.0.0.1 allows"
                .formatted(CONNECTIONS_PER_SOURCE));
      }
      address[3] = (byte) (1 + source);
      channel.bind(new InetSocketAddress(InetAddress.getByAddress(address), 0));
    }
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return channel;
  }

  private void connectStalled() throws IOException, LoadFailure, InterruptedException {
    for (int i = 0; i < settings.stalled(); i++) {
      SocketChannel channel = open(settings.clients() + i);
      stalled.add(channel);
      channel.setOption(StandardSocketOptions.SO_RCVBUF, STALLED_RECEIVE_BUFFER);
      channel.socket().connect(server, CONNECT_TIMEOUT_MILLIS);
      channel.write(ByteBuffer.wrap(request));
      LockSupport.parkNanos(1_000_000);
      look("connecting those that stall");
    }
  }

  private void pause(String phase, long nanos) throws LoadFailure, InterruptedException {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.sleep(Math.min(left, 50_000_000));
      look(phase);
    }
  }

  /** Waits until every client has received something of after the window, but not for ever. */
  private void drain() throws LoadFailure, InterruptedException {
    long begin = System.nanoTime();
    while (readers.stream().mapToInt(LoadReader::done).sum() < settings.clients()
        && System.nanoTime() - begin < LONGEST_DRAIN_NANOS) {
      TimeUnit.MILLISECONDS.sleep(5);
      look("waiting for what is under way");
    }
  }

  private int answered() {
    return readers.stream().mapToInt(LoadReader::answered).sum();
  }

  private void look(String phase) throws LoadFailure {
    for (LoadReader reader : readers) {
      LoadFailure failure = reader.failure();
      if (failure != null) {
        throw failure;
      }
    }
    int ended = readers.stream().mapToInt(LoadReader::ended).sum();
    if (ended == settings.clients()) {
      throw new LoadFailure("all streams have ended; the first: " + readers.getFirst().firstEnd());
    }
    progress.show(phase, answered(), ended, readers.stream().mapToLong(LoadReader::received).sum());
  }

  @Override
  public void close() throws IOException {
    progress.end();
    boolean interrupted = false;
    for (LoadReader reader : readers) {
      try {
        reader.stop();
      } catch (InterruptedException e) {
        interrupted = true;
      }
      reader.close();
    }
    for (SocketChannel channel : stalled) {
      channel.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * What was used until a moment, or between two.
   *
   * @param nanos by the clock
   * @param received events, by all readers
   * @param machine by all processes
   * @param serverMicros of processor time, by the server
   * @param ownMicros of processor time, by this process
   * @param readerNanos of processor time, by each reader
   */
  record Usage(
      long nanos,
      long received,
      Machine machine,
      long serverMicros,
      long ownMicros,
      List<Long> readerNanos) {
    Usage {
      readerNanos = List.copyOf(readerNanos);
    }

    static Usage now(@Nullable ServerProcess process, List<LoadReader> readers) throws LoadFailure {
      return new Usage(
          System.nanoTime(),
          readers.stream().mapToLong(LoadReader::received).sum(),
          Machine.now(),
          process == null ? 0 : process.cpuMicros(),
          new CpuTime().newNanos() / 1000,
          readers.stream().map(r -> THREADS.getThreadCpuTime(r.thread().threadId())).toList());
    }

    Usage since(Usage first) {
      List<Long> cpu = new ArrayList<>();
      for (int i = 0; i < readerNanos.size(); i++) {
        cpu.add(
            Objects.requireNonNull(readerNanos.get(i))
                - Objects.requireNonNull(first.readerNanos.get(i)));
      }
      return new Usage(
          nanos - first.nanos,
          received - first.received,
          machine.since(first.machine),
          serverMicros - first.serverMicros,
          ownMicros - first.ownMicros,
          cpu);
    }
  }
}
