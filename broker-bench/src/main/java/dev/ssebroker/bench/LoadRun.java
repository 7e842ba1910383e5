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
 * One load run. It connects, waits until resuming clients have caught up, warms up, measures, waits
 * for events in flight, and reports.
 */
final class LoadRun implements AutoCloseable {
  /** Nearly all ephemeral ports that Linux has per source address. */
  private static final int CONNECTIONS_PER_SOURCE = 28_000;

  /** The approximate number of other open files of the tool: the jar, JDK modules, selectors. */
  private static final int OTHER_FILES = 50;

  private static final int STALLED_RECEIVE_BUFFER = 4096;
  static final int CONNECT_TIMEOUT_MILLIS = 10_000;
  private static final long PROGRESS_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final Duration SCOUT_TIMEOUT = Duration.ofSeconds(60);
  private static final long MAX_PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long MAX_DRAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** The time between the announcement of the window and its start, so that all readers know it. */
  private static final long AHEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final LoadSettings settings;
  private final Progress progress;
  private final @Nullable ResumePoint resumePoint;
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
      throw new LoadFailure("the host '" + settings.url().getHost() + "' is unknown");
    }
    checkOpenFiles();
    this.process = settings.pids().isEmpty() ? null : new ServerProcess(settings.pids());
    this.resumePoint =
        settings.resume() == 0 ? null : LoadScout.find(settings, server, SCOUT_TIMEOUT);
    this.request =
        settings
            .request(resumePoint == null ? "" : resumePoint.id())
            .getBytes(StandardCharsets.UTF_8);
    for (int i = 1; i <= settings.threads(); i++) {
      readers.add(new LoadReader(i, request, resumePoint));
    }
  }

  /**
   * Runs a measurement.
   *
   * @param settings the settings of the run
   * @param progress shows the progress
   * @return the results
   * @throws LoadFailure if the measurement is impossible
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
      return new LoadFailure("there is no free local port (" + message + "): use fewer clients");
    }
    if (e instanceof ConnectException) {
      return new LoadFailure("cannot connect: " + message + "; is the server running?");
    }
    return new LoadFailure("cannot connect: " + message);
  }

  private void checkOpenFiles() throws LoadFailure {
    long needed = (long) settings.clients() + settings.stalled() + OTHER_FILES;
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        && system.getMaxFileDescriptorCount() < needed) {
      throw new LoadFailure(
          "%,d connections need %,d file descriptors, but the limit is %,d: raise it with 'ulimit -n %d' in this shell"
              .formatted(
                  settings.clients() + settings.stalled(),
                  needed,
                  system.getMaxFileDescriptorCount(),
                  needed));
    }
  }

  private LoadReport measure() throws IOException, LoadFailure, InterruptedException {
    LoadReport.Memory before = memory();
    long connectStart = EpochClock.nanos();
    long connectStartNanos = System.nanoTime();
    connect();
    double connectSeconds = (System.nanoTime() - connectStartNanos) / 1e9;
    if (resumePoint != null) {
      awaitCaughtUp();
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
    return new LoadTotals(readers, resumePoint)
        .report(settings, used, connectStart, connectSeconds, List.of(before, connected, after));
  }

  private LoadReport.Memory memory() throws LoadFailure {
    return new LoadReport.Memory(process == null ? 0 : process.residentBytes());
  }

  /**
   * Opens connections as fast as the server responds: only a limited number may be without a
   * response. After a short wait it opens the next connection anyway, resumePoint some servers send
   * the head only with the first event.
   */
  private void connect() throws IOException, LoadFailure, InterruptedException {
    readers.forEach(LoadReader::start);
    for (int i = 0; i < settings.clients(); i++) {
      long start = System.nanoTime();
      while (i - responses() >= settings.pace() && System.nanoTime() - start < MAX_PACE_NANOS) {
        LockSupport.parkNanos(50_000);
      }
      SocketChannel channel = open(i);
      channel.configureBlocking(false);
      readers.get(i % readers.size()).connect(channel, server);
      check("connecting");
    }
    int last = -1;
    long lastChange = System.nanoTime();
    while (responses() < settings.clients()) {
      int now = responses();
      if (now != last) {
        last = now;
        lastChange = System.nanoTime();
      } else if (System.nanoTime() - lastChange > PROGRESS_TIMEOUT_NANOS) {
        throw new LoadFailure(
            "there was no response on %,d of %,d connections for %d seconds"
                .formatted(
                    settings.clients() - now,
                    settings.clients(),
                    TimeUnit.NANOSECONDS.toSeconds(PROGRESS_TIMEOUT_NANOS)));
      }
      TimeUnit.MILLISECONDS.sleep(1);
      check("connecting");
    }
  }

  /** Waits until every client has caught up. Gives up if no further client does for a while. */
  private void awaitCaughtUp() throws LoadFailure, InterruptedException {
    int last = -1;
    long lastChange = System.nanoTime();
    while (last < settings.clients() && System.nanoTime() - lastChange < PROGRESS_TIMEOUT_NANOS) {
      int now = readers.stream().mapToInt(LoadReader::caughtUp).sum();
      if (now != last) {
        last = now;
        lastChange = System.nanoTime();
      }
      TimeUnit.MILLISECONDS.sleep(1);
      check("catching up");
    }
  }

  /**
   * Opens the n-th socket. One source address has too few ports for a large number of clients, so
   * further sockets use other loopback addresses.
   */
  private SocketChannel open(int n) throws IOException, LoadFailure {
    SocketChannel channel = SocketChannel.open();
    int source = n / CONNECTIONS_PER_SOURCE;
    if (source > 0) {
      byte[] address = server.getAddress().getAddress();
      if (!server.getAddress().isLoopbackAddress() || address.length != 4) {
        channel.close();
        throw new LoadFailure(
            "more than %,d connections need several source addresses, which works only for a server at 127.0.0.1"
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
      check("connecting stalled clients");
    }
  }

  private void pause(String phase, long nanos) throws LoadFailure, InterruptedException {
    long end = System.nanoTime() + nanos;
    for (long remaining = nanos; remaining > 0; remaining = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.sleep(Math.min(remaining, 50_000_000));
      check(phase);
    }
  }

  /** Waits until every client has received an event after the window, up to a timeout. */
  private void drain() throws LoadFailure, InterruptedException {
    long start = System.nanoTime();
    while (readers.stream().mapToInt(LoadReader::done).sum() < settings.clients()
        && System.nanoTime() - start < MAX_DRAIN_NANOS) {
      TimeUnit.MILLISECONDS.sleep(5);
      check("waiting for events in flight");
    }
  }

  private int responses() {
    return readers.stream().mapToInt(LoadReader::responses).sum();
  }

  /** Throws if a reader has failed or all streams have ended. Otherwise shows the progress. */
  private void check(String phase) throws LoadFailure {
    for (LoadReader reader : readers) {
      LoadFailure failure = reader.failure();
      if (failure != null) {
        throw failure;
      }
    }
    int ended = readers.stream().mapToInt(LoadReader::ended).sum();
    if (ended == settings.clients()) {
      throw new LoadFailure(
          "all streams have ended; the first one: " + readers.getFirst().firstEnd());
    }
    progress.show(
        phase, responses(), ended, readers.stream().mapToLong(LoadReader::received).sum());
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
   * The resources used up to a moment, or between two moments.
   *
   * @param nanos the elapsed time
   * @param received the number of events received by all readers
   * @param machine the CPU time of all processes
   * @param serverMicros the CPU time of the server
   * @param ownMicros the CPU time of this process
   * @param readerNanos the CPU time of each reader
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
