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

/** Measures brokers that share a log in Redis, beside one that is alone. */
@Command(
    name = "java -cp benchmarks.jar dev.ssebroker.bench.Cluster",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "",
      "Needs a Redis whose processor time is its own, such as: redis-server --port 6390 --save ''",
      "Each broker is a process, and so is each load client; the first broker publishes.",
      ""
    })
public final class Cluster implements Callable<Integer> {
  private static final int CAUGHT_UP = 100_000;
  private static final int LIST = 500;
  private static final String TOPIC = "ticker";

  @Option(names = "--redis", required = true, paramLabel = "<uri>", description = "The server.")
  private String redis = "";

  @Option(
      names = "--clients",
      paramLabel = "<n>",
      description = "Of all brokers together. Default: ${DEFAULT-VALUE}")
  private int clients = 1000;

  @Option(
      names = "--rate",
      paramLabel = "<n>",
      description = "Events a second. Default: ${DEFAULT-VALUE}")
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
   * Measures once.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Cluster()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    out.printf(
        "%d clients in all, %d events a second; alone is a broker without Redis%n%n",
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
    catchUp();
    return 0;
  }

  /** With no node, one that is alone. */
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

  /** The mean of the medians, and the worst of the rest. */
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

  /** What brokers without clients use: the one that publishes, and each that does not. */
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
      double all = (double) events * seconds;
      out.printf(
          Locale.ROOT,
          "%,d events/s, %d followers: publishing %.1f us an event, following %.1f, Redis %.1f%n",
          events,
          followers,
          (publishing.cpuMicros() - publishingBefore) / all,
          (following.cpuMicros() - followingBefore) / all / followers,
          (redisMicros() - redisBefore) / all);
    } finally {
      servers.forEach(MeasuredServer::close);
    }
  }

  private static ServerProcess process(List<MeasuredServer> servers) throws LoadFailure {
    return new ServerProcess(servers.stream().map(server -> Long.valueOf(server.pids())).toList());
  }

  /** A client that a new broker serves from far back in the log. */
  private void catchUp() throws Exception {
    String prefix = prefix();
    EventId begin;
    try (RedisLog log = RedisLog.builder().uri(redis).prefix(prefix).maxEvents(1 << 20).open()) {
      begin = log.end();
      List<Event> list = Collections.nCopies(LIST, Event.of("x".repeat(100)));
      long start = System.nanoTime();
      for (int i = 0; i < CAUGHT_UP; i += LIST) {
        log.append(TOPIC, list);
      }
      say("appending, in lists of " + LIST, start);
    }
    for (int i = 0; i < 3; i++) {
      RedisLog log = RedisLog.builder().uri(redis).prefix(prefix).open();
      try (Broker broker = Broker.builder().log(log).open()) {
        Receiver sink = new Receiver();
        long start = System.nanoTime();
        broker.subscription(TOPIC).lastEventId(begin.toString()).open(sink);
        sink.level.await();
        say("a client of a new broker, " + (i == 0 ? "cold" : "again"), start);
      }
    }
  }

  /** Counts down to the last event. */
  private static final class Receiver implements Sink {
    final CountDownLatch level = new CountDownLatch(CAUGHT_UP);

    @Override
    public void write(Batch batch) {
      for (int i = batch.events(); i > 0; i--) {
        level.countDown();
      }
    }

    @Override
    public void close() {}
  }

  private void say(String what, long start) {
    double taken = (System.nanoTime() - start) / 1e9;
    out.printf(
        Locale.ROOT,
        "%,d events, %s: %.2f s, %,.0f/s%n",
        CAUGHT_UP,
        what,
        taken,
        CAUGHT_UP / taken);
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
