package dev.ssebroker.bench;

import dev.ssebroker.bench.ComparisonSettings.Turn;
import dev.ssebroker.bench.MeasuredServer.StartFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Runs all turns of a comparison. Each is measured by a load client in its own process. */
final class ComparisonRun {
  private static final int STALLED_SIZE = 16 * 1024;
  private static final int STALLED_PERCENT = 10;
  private static final int WARMUP_PERCENT = 1;
  private static final int IDLE_SECONDS = 2;

  /** Small, so that garbage of connecting does not count as memory of the connections. */
  private static final String YOUNG_GENERATION = "-XX:MaxNewSize=16m";

  /** The time for a load client to connect and finish, in addition to warm-up and window. */
  private static final int LOAD_TIMEOUT_SECONDS = 180;

  private final ComparisonSettings settings;
  private final PrintWriter out;
  private final List<Measurement> measurements = new ArrayList<>();
  private final Map<String, String> skipped = new LinkedHashMap<>();

  /** The saturation rates of the previous round, at which the next search starts. */
  private final Map<String, Integer> lastRates = new HashMap<>();

  ComparisonRun(ComparisonSettings settings, PrintWriter out) {
    this.settings = settings;
    this.out = out;
  }

  List<Measurement> measurements() {
    return measurements;
  }

  /** Returns the skipped servers by name, with the reasons. */
  Map<String, String> skipped() {
    return skipped;
  }

  /** Runs all turns, and calls {@code after} after each. */
  void run(ComparisonResults.Store after) throws IOException, InterruptedException {
    List<Turn> turns = settings.turns();
    long start = System.nanoTime();
    int nominalDone = 0;
    for (int i = 0; i < turns.size(); i++) {
      Turn turn = turns.get(i);
      if (skipped.containsKey(turn.server())) {
        continue;
      }
      int nominalRemaining =
          turns.subList(i, turns.size()).stream()
              .filter(t -> !skipped.containsKey(t.server()))
              .mapToInt(t -> settings.nominalSeconds(t.scenario()))
              .sum();
      double pace = nominalDone == 0 ? 1 : (System.nanoTime() - start) / 1e9 / nominalDone;
      out.printf(
          Locale.ROOT,
          "[%d/%d, about %.0f min left] %s, round %d: %s%n",
          i + 1,
          turns.size(),
          Math.ceil(nominalRemaining * pace / 60),
          turn.scenario().title(),
          turn.round(),
          turn.server());
      if (run(turn)) {
        nominalDone += settings.nominalSeconds(turn.scenario());
        after.store(measurements, skipped);
      }
    }
  }

  /** Runs one turn. Returns false if the server is skipped; a failure is a result too. */
  private boolean run(Turn turn) throws IOException, InterruptedException {
    Measurement measurement;
    try {
      measurement = turn.scenario() == Scenario.SATURATION ? saturate(turn) : measure(turn);
    } catch (StartFailure e) {
      String reason = String.valueOf(e.getMessage());
      if (e.permanent) {
        skipped.put(turn.server(), reason);
        out.println("  " + turn.server() + " is skipped: " + reason);
        return false;
      }
      measurement = failed(turn, reason);
    } catch (LoadFailure e) {
      measurement = failed(turn, String.valueOf(e.getMessage()));
    }
    measurements.add(measurement);
    Measurement last = measurement;
    out.println(
        "  "
            + (last.isFailed()
                ? "failed: " + last.failure()
                : turn.scenario().metrics().stream()
                    .map(metric -> metric.title() + " " + metric.format(metric.of(last)))
                    .collect(Collectors.joining(", ", "", ", lost " + last.lost()))));
    return true;
  }

  private static Measurement failed(Turn turn, String reason) {
    return Measurement.failed(turn.scenario(), turn.server(), turn.round(), reason);
  }

  private Measurement measure(Turn turn)
      throws IOException, InterruptedException, LoadFailure, StartFailure {
    return switch (turn.scenario()) {
      case IDLE -> idle(turn);
      case STALLED -> stalled(turn);
      case STEADY, SATURATION -> atRate(turn, settings.rate());
    };
  }

  private Measurement atRate(Turn turn, int rate)
      throws IOException, InterruptedException, LoadFailure, StartFailure {
    try (MeasuredServer server = start(turn, List.of(), rate, settings.size())) {
      return measurement(turn, load(turn, server, settings.clients(), 0), Map.of());
    }
  }

  /** Warms up with a few clients, so that loaded classes do not count as memory of the clients. */
  private Measurement idle(Turn turn)
      throws IOException, InterruptedException, LoadFailure, StartFailure {
    int clients = settings.idleClients();
    List<String> heap = List.of("-Xmx" + settings.idleHeap(), YOUNG_GENERATION);
    try (MeasuredServer server = start(turn, heap, 1, settings.size())) {
      load(server, Math.max(1, clients * WARMUP_PERCENT / 100), 0, 1, 1, IDLE_SECONDS);
      return measurement(turn, load(server, clients, 0, 1, 1, IDLE_SECONDS), Map.of());
    }
  }

  /** Runs the same server with and without stalled clients. The number of readers is the same. */
  private Measurement stalled(Turn turn)
      throws IOException, InterruptedException, LoadFailure, StartFailure {
    int stalled = Math.max(1, settings.clients() * STALLED_PERCENT / 100);
    int reading = Math.max(1, settings.clients() - stalled);
    int rate = Math.max(1, settings.rate() / 2);
    try (MeasuredServer server = start(turn, List.of(), rate, STALLED_SIZE)) {
      Map<String, Object> without = load(turn, server, reading, 0);
      return measurement(turn, load(turn, server, reading, stalled), without);
    }
  }

  private Measurement saturate(Turn turn) throws IOException, InterruptedException, StartFailure {
    // A first start shows whether the server can run at all.
    start(turn, List.of(), settings.rate(), settings.size()).close();
    SaturationSearch search =
        new SaturationSearch(
            settings.clients(),
            rate -> {
              Measurement trial;
              try {
                trial = atRate(turn, rate);
              } catch (IOException | LoadFailure | StartFailure e) {
                trial = failed(turn, String.valueOf(e.getMessage()));
              }
              out.printf(
                  Locale.ROOT,
                  "  at %,d/s: %s%n",
                  rate,
                  trial.isFailed()
                      ? trial.failure()
                      : String.format(
                          Locale.ROOT,
                          "%,.0f deliveries/s, p99 %.1f ms, lost %,d",
                          trial.number("receivedPerSecond"),
                          Measurement.p99Millis(trial.report()),
                          trial.lost()));
              return trial;
            });
    Optional<Measurement> best = search.run(lastRates.getOrDefault(turn.server(), settings.rate()));
    if (best.isEmpty()) {
      return new Measurement(
          turn.scenario(),
          turn.server(),
          turn.round(),
          "no rate was reached without loss",
          Map.of(),
          Map.of(),
          search.trials());
    }
    double rate = best.get().number("receivedPerSecond") / settings.clients();
    lastRates.put(turn.server(), Math.max(1, (int) Math.round(rate)));
    return best.get();
  }

  private static Measurement measurement(
      Turn turn, Map<String, Object> report, Map<String, Object> baseline) {
    return new Measurement(
        turn.scenario(), turn.server(), turn.round(), "", report, baseline, List.of());
  }

  private MeasuredServer start(Turn turn, List<String> javaOptions, int rate, int size)
      throws IOException, InterruptedException, StartFailure {
    return MeasuredServer.start(turn.server(), settings.peers(), javaOptions, rate, size);
  }

  private Map<String, Object> load(Turn turn, MeasuredServer server, int clients, int stalled)
      throws IOException, InterruptedException, LoadFailure {
    int threads = turn.scenario().readingThreads();
    return load(server, clients, stalled, threads, settings.warmup(), settings.seconds());
  }

  /** Runs the load client and returns its report. */
  static Map<String, Object> load(
      MeasuredServer server, int clients, int stalled, int threads, int warmup, int seconds)
      throws IOException, InterruptedException, LoadFailure {
    Path report = Files.createTempFile("comparison", ".json");
    List<String> arguments =
        new ArrayList<>(List.of("--url", server.url(), "--pid", server.pids()));
    arguments.addAll(List.of("--clients", String.valueOf(clients)));
    arguments.addAll(List.of("--stalled", String.valueOf(stalled)));
    arguments.addAll(List.of("--threads", String.valueOf(threads)));
    arguments.addAll(List.of("--warmup", String.valueOf(warmup)));
    arguments.addAll(List.of("--seconds", String.valueOf(seconds)));
    arguments.addAll(List.of("--json", report.toString()));
    try (ChildProcess process =
        ChildProcess.start(MeasuredServer.java(List.of(), Load.class, arguments), Map.of())) {
      if (!process.awaitEnd(warmup + seconds + LOAD_TIMEOUT_SECONDS)) {
        throw new LoadFailure("the load client did not finish");
      }
      String json = Files.readString(report);
      if (json.isEmpty()) {
        throw new LoadFailure(process.lastLine());
      }
      return Json.read(json);
    } finally {
      Files.delete(report);
    }
  }
}
