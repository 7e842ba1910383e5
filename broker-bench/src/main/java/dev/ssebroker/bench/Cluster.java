package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.Sink;
import dev.ssebroker.redis.RedisLog;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import redis.clients.jedis.Jedis;

/** Measures brokers that share a log in Redis, compared with a single broker without Redis. */
@Command(
    name = "java -cp benchmarks.jar dev.ssebroker.bench.Cluster",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "",
      "Needs a dedicated Redis, since its CPU time is measured: redis-server --port 6390 --save ''",
      "Each broker and each load client is a process of its own. The first broker publishes.",
      ""
    })
public final class Cluster implements Callable<Integer> {
  private static final int REPLAYED = 100_000;
  private static final int APPEND_SIZE = 500;
  private static final String TOPIC = "ticker";

  @Option(
      names = "--redis",
      required = true,
      paramLabel = "<uri>",
      description = "The Redis server.")
  private String redis = "";

  @Option(
      names = "--clients",
      paramLabel = "<n>",
      description = "The number of clients of all brokers together. Default: ${DEFAULT-VALUE}")
  private int clients = 1000;

  @Option(
      names = "--rate",
      paramLabel = "<n>",
      description = "The events per second. Default: ${DEFAULT-VALUE}")
  private int rate = 50;

  @Option(names = "--seconds", paramLabel = "<n>", description = "Default: ${DEFAULT-VALUE}")
  private int seconds = 10;

  @Option(names = "--warmup", paramLabel = "<n>", description = "Default: ${DEFAULT-VALUE}")
  private int warmup = 10;

  @Option(names = "--rounds", paramLabel = "<n>", description = "Default: ${DEFAULT-VALUE}")
  private int rounds = 2;

  private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);

  private Cluster() {}

  /**
   * Runs all measurements.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Cluster()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    out.printf(
        "%d clients in total, %d events/s; 'alone' is a single broker without Redis%n%n",
        clients, rate);
    out.println("brokers  received/s  lost  p50 ms  p99 ms  max ms  us/delivery");
    for (int round = 0; round < rounds; round++) {
      for (int nodes : List.of(0, 1, 2, 4)) {
        measure(nodes);
      }
    }
    out.println();
    for (int events : List.of(50, 500, 2_000)) {
      follow(events, 1);
      follow(events, 4);
    }
    out.println();
    replay();
    return 0;
  }

  /** Measures a number of brokers with Redis; 0 stands for a single broker without Redis. */
  private void measure(int nodes) throws Exception {
    String prefix = prefix();
    List<MeasuredServer> servers = new ArrayList<>();
    try (ExecutorService loads = Executors.newCachedThreadPool()) {
      for (int i = 0; i < Math.max(1, nodes); i++) {
        servers.add(start(nodes == 0 ? List.of() : options(prefix, i > 0), rate));
      }
      List<Future<Map<String, Object>>> running = new ArrayList<>();
      for (MeasuredServer server : servers) {
        int share = clients / servers.size();
        running.add(loads.submit(() -> ComparisonRun.load(server, share, 0, 1, warmup, seconds)));
      }
      Totals totals = new Totals();
      for (Future<Map<String, Object>> load : running) {
        totals.add(load.get());
      }
      out.printf(
          Locale.ROOT,
          "%7s  %10.0f  %4.0f  %6.2f  %6.1f  %6.1f  %11.1f%n",
          nodes == 0 ? "alone" : nodes,
          totals.received,
          totals.lost,
          totals.p50 / running.size(),
          totals.p99,
          totals.max,
          totals.cpuMicros / totals.received / seconds);
    } finally {
      servers.forEach(MeasuredServer::close);
    }
  }

  /** Sums the counts and medians, and keeps the worst of the other latencies. */
  private static final class Totals {
    double received;
    double lost;
    double p50;
    double p99;
    double max;
    double cpuMicros;

    void add(Map<String, Object> report) {
      received += Measurement.number(report, "receivedPerSecond");
      lost += Measurement.number(report, "lost");
      Map<?, ?> micros = (Map<?, ?>) Objects.requireNonNull(report.get("latencyMicros"));
      p50 += Measurement.number(micros, "p50") / 1000;
      p99 = Math.max(p99, Measurement.number(micros, "p99") / 1000);
      max = Math.max(max, Measurement.number(micros, "max") / 1000);
      cpuMicros += Measurement.number(report, "serverCpuSeconds") * 1e6;
    }
  }

  /** Measures the CPU time of brokers without clients: the publishing one, and each follower. */
  private void follow(int events, int followers) throws Exception {
    String prefix = prefix();
    List<MeasuredServer> servers = new ArrayList<>();
    try {
      servers.add(start(options(prefix, false), events));
      for (int i = 0; i < followers; i++) {
        servers.add(start(options(prefix, true), 1));
      }
      TimeUnit.SECONDS.sleep(warmup);
      ServerProcess publishing = process(servers.subList(0, 1));
      ServerProcess following = process(servers.subList(1, servers.size()));
      long publishingBefore = publishing.cpuMicros();
      long followingBefore = following.cpuMicros();
      double redisBefore = redisMicros();
      TimeUnit.SECONDS.sleep(seconds);
      double total = (double) events * seconds;
      out.printf(
          Locale.ROOT,
          "%,d events/s, %d followers: publisher %.1f us per event, follower %.1f, Redis %.1f%n",
          events,
          followers,
          (publishing.cpuMicros() - publishingBefore) / total,
          (following.cpuMicros() - followingBefore) / total / followers,
          (redisMicros() - redisBefore) / total);
    } finally {
      servers.forEach(MeasuredServer::close);
    }
  }

  private static ServerProcess process(List<MeasuredServer> servers) throws LoadFailure {
    return new ServerProcess(servers.stream().map(server -> Long.valueOf(server.pids())).toList());
  }

  /** Measures how long a client of a new broker replays a long log. */
  private void replay() throws Exception {
    String prefix = prefix();
    EventId start;
    try (RedisLog log = RedisLog.builder().uri(redis).prefix(prefix).maxEvents(1 << 20).open()) {
      start = log.end();
      List<Event> list = Collections.nCopies(APPEND_SIZE, Event.of("x".repeat(100)));
      long startNanos = System.nanoTime();
      for (int i = 0; i < REPLAYED; i += APPEND_SIZE) {
        log.append(TOPIC, list);
      }
      print("appended " + APPEND_SIZE + " at a time", startNanos);
    }
    for (int i = 0; i < 3; i++) {
      RedisLog log = RedisLog.builder().uri(redis).prefix(prefix).open();
      try (Broker broker = Broker.builder().log(log).open()) {
        Receiver sink = new Receiver();
        long startNanos = System.nanoTime();
        broker.subscription(TOPIC).lastEventId(start.toString()).open(sink);
        sink.caughtUp.await();
        print("replayed by a client of a new broker, " + (i == 0 ? "cold" : "warm"), startNanos);
      }
    }
  }

  /** Counts down to the last event. */
  private static final class Receiver implements Sink {
    final CountDownLatch caughtUp = new CountDownLatch(REPLAYED);

    @Override
    public void write(Batch batch) {
      for (int i = batch.events(); i > 0; i--) {
        caughtUp.countDown();
      }
    }

    @Override
    public void close() {}
  }

  private void print(String what, long startNanos) {
    double elapsed = (System.nanoTime() - startNanos) / 1e9;
    out.printf(
        Locale.ROOT,
        "%,d events, %s: %.2f s, %,.0f/s%n",
        REPLAYED,
        what,
        elapsed,
        REPLAYED / elapsed);
  }

  private List<String> options(String prefix, boolean silent) {
    return List.of("-Dredis=" + redis, "-Dredis.prefix=" + prefix, "-Dsilent=" + silent);
  }

  private static MeasuredServer start(List<String> options, int rate) throws Exception {
    return MeasuredServer.start(MeasuredServer.BROKER, Path.of("."), options, rate, 64);
  }

  private static String prefix() {
    return "bench-" + UUID.randomUUID();
  }

  private double redisMicros() {
    try (Jedis jedis = new Jedis(URI.create(redis))) {
      return jedis
              .info("cpu")
              .lines()
              .filter(line -> line.matches("used_cpu_(sys|user):.*"))
              .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(':') + 1).trim()))
              .sum()
          * 1e6;
    }
  }
}
