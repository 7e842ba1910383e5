package dev.ssebroker.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares the broker with alternative servers. */
@Command(
    name = "java -cp benchmarks.jar dev.ssebroker.bench.Comparison",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    abbreviateSynopsis = true,
    description = {
      "",
      "Measures servers of Server-Sent Events one after the other, in several rounds, and writes"
          + " tables and charts. Each server is a process of its own, and so is the load client.",
      ""
    },
    optionListHeading = "Options:%n",
    footerHeading = "%nScenarios:%n",
    footer = {
      "  steady      --clients at --rate with --size bytes.",
      "  saturation  The highest rate at which every client receives every event, p99 is below",
      "              250 ms and 95 %% of the rate is reached. The search doubles the rate, then",
      "              bisects it to 10 %%. Later rounds start at the rate of the previous round. The",
      "              load client reads with two threads.",
      "  idle        --idle-clients at one event per second, JVMs with --idle-heap and a young",
      "              generation of 16 MiB. Measures the memory per client, after a warm-up with",
      "              1 %% of the clients.",
      "  stalled     90 %% of --clients read and 10 %% never do, events of 16 KiB at half the rate,",
      "              compared with a run of the same server without stalled clients.",
      "",
      "Files in --results: results.json (every run, written after each), results.md, and",
      "<scenario>-<metric>.png and .svg. The results of a scenario replace its earlier results;",
      "results of other scenarios stay.",
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the comparison is complete; results.md lists servers that were skipped or failed",
      "1:no server could be measured",
      "2:the command line is invalid",
    })
public final class Comparison implements Callable<Integer> {
  @Option(
      names = "--servers",
      paramLabel = "<name>",
      split = ",",
      description =
          "raw-loop, broker, and the names of peers; the suffix +queues for jetty, spring-mvc or"
              + " javalin gives each client a queue. Default: all")
  private List<String> servers = new ArrayList<>();

  @Option(
      names = "--scenarios",
      paramLabel = "<name>",
      split = ",",
      description = "Default: steady,saturation,idle,stalled")
  private List<String> scenarios = new ArrayList<>();

  @Option(
      names = "--rounds",
      paramLabel = "<n>",
      description = {"The number of runs per server.", "Default: ${DEFAULT-VALUE}"})
  private int rounds = 3;

  @Option(names = "--clients", paramLabel = "<n>", description = "Default: ${DEFAULT-VALUE}")
  private int clients = 1000;

  @Option(
      names = "--rate",
      paramLabel = "<n>",
      description = {"The events per second.", "Default: ${DEFAULT-VALUE}"})
  private int rate = 50;

  @Option(
      names = "--size",
      paramLabel = "<bytes>",
      description = {"The padding of each event.", "Default: ${DEFAULT-VALUE}"})
  private int size = 64;

  @Option(
      names = "--seconds",
      paramLabel = "<n>",
      description = {"How long to measure.", "Default: ${DEFAULT-VALUE}"})
  private int seconds = 10;

  @Option(
      names = "--warmup",
      paramLabel = "<seconds>",
      description = {"How long to warm up under the same load.", "Default: ${DEFAULT-VALUE}"})
  private int warmup = 10;

  @Option(names = "--idle-clients", paramLabel = "<n>", description = "Default: ${DEFAULT-VALUE}")
  private int idleClients = 10_000;

  @Option(
      names = "--idle-heap",
      paramLabel = "<size>",
      description = {"The heap, such as 256m or 1g.", "Default: ${DEFAULT-VALUE}"})
  private String idleHeap = "256m";

  @Option(names = "--results", paramLabel = "<folder>", description = "Default: ${DEFAULT-VALUE}")
  private Path results = Path.of("broker-bench/results");

  @Option(
      names = "--peers",
      paramLabel = "<folder>",
      description = {"The folder with start.sh.", "Default: ${DEFAULT-VALUE}"})
  private Path peers = Path.of("broker-bench/peers");

  @Option(
      names = "--redraw",
      description = "Do not measure; write tables and charts from results.json.")
  private boolean redraw;

  @Spec private CommandSpec spec = CommandSpec.create();

  private Comparison() {}

  /**
   * Runs the comparison and exits with a code that {@code --help} explains.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.setProperty("java.awt.headless", "true");
    int status =
        run(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            args);
    System.exit(status);
  }

  /**
   * Runs the comparison.
   *
   * @return the exit code
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new Comparison())
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler((e, command, parsed) -> {
          if (e instanceof IOException) {
            err.println(e);
            return 1;
          }
          throw e;
        })
        .execute(args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    ComparisonResults folder = new ComparisonResults(results);
    if (redraw) {
      folder.writeTablesAndCharts();
      return 0;
    }
    PrintWriter out = spec.commandLine().getOut();
    ComparisonSettings settings = settings();
    String conditions =
        ComparisonResults.conditions(
            String.join(" ", spec.commandLine().getParseResult().originalArgs()));
    ComparisonRun run = new ComparisonRun(settings, out);
    run.run((measurements, skipped) -> folder.writeRuns(conditions, measurements, skipped));
    if (run.measurements().stream().allMatch(Measurement::isFailed)) {
      out.println("no server could be measured");
      return 1;
    }
    folder.writeRuns(conditions, run.measurements(), run.skipped());
    folder.writeTablesAndCharts();
    out.println(Files.readString(results.resolve("results.md")));
    return 0;
  }

  private ComparisonSettings settings() throws IOException, InterruptedException {
    return new ComparisonSettings(
        validServers(),
        validScenarios(),
        inRange("--rounds", rounds, 1, 1000),
        inRange("--clients", clients, 1, 1_000_000),
        inRange("--idle-clients", idleClients, 1, 1_000_000),
        validHeap(),
        inRange("--rate", rate, 1, 1_000_000),
        inRange("--size", size, 0, 10_000_000),
        inRange("--seconds", seconds, 1, 3600),
        inRange("--warmup", warmup, 0, 3600),
        results,
        peers);
  }

  private List<String> validServers() throws IOException, InterruptedException {
    List<String> known = new ArrayList<>();
    known.add(MeasuredServer.RAW_LOOP);
    known.add(MeasuredServer.BROKER);
    known.addAll(peerNames());
    for (String server : servers) {
      if (!known.contains(MeasuredServer.peerName(server))) {
        throw invalid(
            "--servers has '%s'; allowed are %s".formatted(server, String.join(", ", known)));
      }
    }
    return servers.isEmpty() ? known : servers.stream().distinct().toList();
  }

  private List<String> peerNames() throws IOException, InterruptedException {
    Path script = peers.resolve("start.sh");
    if (!Files.isExecutable(script)) {
      return List.of();
    }
    Process process = new ProcessBuilder(script.toString()).start();
    try (var names = process.inputReader()) {
      return names.lines().filter(name -> !name.isBlank()).toList();
    } finally {
      process.waitFor();
    }
  }

  private List<Scenario> validScenarios() {
    if (scenarios.isEmpty()) {
      return List.of(Scenario.values());
    }
    try {
      return scenarios.stream().map(Scenario::of).distinct().toList();
    } catch (IllegalArgumentException e) {
      throw invalid("--scenarios: " + e.getMessage());
    }
  }

  private String validHeap() {
    if (!idleHeap.matches("[1-9]\\d{0,5}[mg]")) {
      throw invalid("--idle-heap is '" + idleHeap + "'; write a number and m or g");
    }
    return idleHeap;
  }

  private int inRange(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw invalid("%s is %d; allowed is from %d to %d".formatted(name, value, min, max));
    }
    return value;
  }

  private ParameterException invalid(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
