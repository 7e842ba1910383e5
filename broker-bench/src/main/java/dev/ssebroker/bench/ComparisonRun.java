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

/** Gives every server its turns, each measured by a load client in a process of its own. */
final class ComparisonRun {
  private static final int STALLED_SIZE = 16 * 1024;
  private static final int STALLED_PERCENT = 10;
  private static final int REHEARSAL_PERCENT = 1;
  private static final int IDLE_SECONDS = 2;

  /** Else the heap fills with what connecting leaves behind, which is no connection's. */
  private static final String YOUNG_GENERATION = "-XX:MaxNewSize=16m";

  /** Beyond warm-up and window, for a load client to connect and to come to its end. */
  private static final int LOAD_PATIENCE_SECONDS = 180;

  private final ComparisonSettings settings;
  private final PrintWriter out;
  private final List<Measurement> measurements = new ArrayList<>();
  private final Map<String, String> leftOut = new LinkedHashMap<>();

  /** The rates that saturation found in the last round, from where the next one searches. */
  private final Map<String, Integer> lastRates = new HashMap<>();

  ComparisonRun(ComparisonSettings settings, PrintWriter out) {
    this.settings = settings;
    this.out = out;
  }

  List<Measurement> measurements() {
    return measurements;
  }

  /** Returns why servers were left out, by their names. */
  Map<String, String> leftOut() {
    return leftOut;
  }

  /** Takes all turns; {@code after} is run after each. */
  void run(ComparisonResults.Store after) throws IOException, InterruptedException {
    List<Turn> turns = settings.turns();
    long begin = System.nanoTime();
    int nominalDone = 0;
    for (int i = 0; i < turns.size(); i++) {
      Turn turn = turns.get(i);
      if (leftOut.containsKey(turn.server())) {
        continue;
      }
      int nominalLeft =
          turns.subList(i, turns.size()).stream()
              .filter(t -> !leftOut.containsKey(t.server()))
              .mapToInt(t -> settings.nominalSeconds(t.scenario()))
              .sum();
      double pace = nominalDone == 0 ? 1 : (System.nanoTime() - begin) / 1e9 / nominalDone;
      out.printf(
          Locale.ROOT,
          "[%d/%d, about %.0f min left] %s, round %d: %s%n",
          i + 1,
          turns.size(),
          Math.ceil(nominalLeft * pace / 60),
          turn.scenario().title(),
          turn.round(),
          turn.server());
      if (take(turn)) {
        nominalDone += settings.nominalSeconds(turn.scenario());
        after.store(measurements, leftOut);
      }
    }
  }

  /** Returns whether there is a result, be it a failure. */
  private boolean take(Turn turn) throws IOException, InterruptedException {
    Measurement measurement;
    try {
      measurement = turn.scenario() == Scenario.SATURATION ? saturate(turn) : measure(turn);
    } catch (StartFailure e) {
      String why = String.valueOf(e.getMessage());
      if (e.lasting) {
        leftOut.put(turn.server(), why);
        out.println("  " + turn.server() + " is left out: " + why);
        return false;
      }
      measurement = failed(turn, why);
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

  private static Measurement failed(Turn turn, String why) {
    return Measurement.failed(turn.scenario(), turn.server(), turn.round(), why);
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

  /** The few clients of the rehearsal make the server load its classes, which are no client's. */
  private Measurement idle(Turn turn)
      throws IOException, InterruptedException, LoadFailure, StartFailure {
    int clients = settings.idleClients();
    List<String> heap = List.of("-Xmx" + settings.idleHeap(), YOUNG_GENERATION);
    try (MeasuredServer server = start(turn, heap, 1, settings.size())) {
      load(server, Math.max(1, clients * REHEARSAL_PERCENT / 100), 0, 1, 1, IDLE_SECONDS);
      return measurement(turn, load(server, clients, 0, 1, 1, IDLE_SECONDS), Map.of());
    }
  }

  /** As many that read in both runs, by the same process. */
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
    // The first start says whether the server can run at all.
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
          "no rate was kept without loss",
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

  /** Runs the load client, and returns its report. */
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
      if (!process.awaitEnd(warmup + seconds + LOAD_PATIENCE_SECONDS)) {
        throw new LoadFailure("the load client did not come to its end");
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
