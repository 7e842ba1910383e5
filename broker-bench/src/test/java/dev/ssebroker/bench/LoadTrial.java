package dev.ssebroker.bench;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A short load run against a server of a test. By default it has ten clients and takes a second.
 */
final class LoadTrial {
  private final int port;
  private int clients = 10;
  private int stalled;
  private int threads = 1;
  private int pace = 32;
  private int resume;
  private int seconds = 1;
  private boolean gzip;
  private List<Long> pids = List.of();

  private LoadTrial(int port) {
    this.port = port;
  }

  static LoadTrial at(int port) {
    return new LoadTrial(port);
  }

  LoadTrial clients(int clients) {
    this.clients = clients;
    return this;
  }

  LoadTrial stalled(int stalled) {
    this.stalled = stalled;
    return this;
  }

  LoadTrial threads(int threads) {
    this.threads = threads;
    return this;
  }

  LoadTrial pace(int pace) {
    this.pace = pace;
    return this;
  }

  LoadTrial resume(int events) {
    this.resume = events;
    return this;
  }

  LoadTrial seconds(int seconds) {
    this.seconds = seconds;
    return this;
  }

  LoadTrial gzip(boolean gzip) {
    this.gzip = gzip;
    return this;
  }

  LoadTrial pid(long pid) {
    this.pids = List.of(pid);
    return this;
  }

  private LoadSettings settings() {
    URI url = URI.create(String.format(Locale.ROOT, "http://127.0.0.1:%d/events", port));
    return new LoadSettings(
        url, clients, stalled, threads, pace, resume, 0, seconds, gzip, List.of(), pids);
  }

  LoadReport run() throws LoadFailure, InterruptedException {
    return LoadRun.run(settings(), new Progress(new PrintWriter(new StringWriter()), false));
  }

  /** Finds the event after which the run would resume, without the run. */
  ResumePoint scout(Duration timeout) throws Exception {
    InetSocketAddress server =
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
    return LoadScout.find(settings(), server, timeout);
  }

  /** Runs the load client from a command line with additional arguments. Returns the exit code. */
  static int command(StringWriter out, StringWriter err, int port, String... more) {
    String[] args = {
      "--url=http://127.0.0.1:" + port + "/events", "--clients=3", "--warmup=0", "--seconds=1"
    };
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of(more));
    return Load.run(new PrintWriter(out), new PrintWriter(err), false, all.toArray(String[]::new));
  }
}
