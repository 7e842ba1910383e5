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

/** Compares the broker with the servers that people would use instead. */
@Command(
    name = "java -cp benchmarks.jar dev.ssebroker.bench.Comparison",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    abbreviateSynopsis = true,
    description = {
      "",
      "Runs servers of Server-Sent Events one after the other, round by round, each in a process of"
          + " its own and under the load of another one, and writes tables and pictures.",
      ""
    },
    optionListHeading = "Options:%n",
    footerHeading = "%nScenarios:%n",
    footer = {
      "  steady      --clients at --rate with --size bytes.",
      "  saturation  The highest rate at which every client gets every event, p99 is under 250 ms",
      "              and 95 %% of the rate is kept: doubled, then bisected to a tenth. Later rounds",
      "              begin at the rate of the round before. The load client reads with two threads.",
      "  idle        --idle-clients at one event a second, JVMs with --idle-heap and a young",
      "              generation of 16 MiB; the memory that each client adds, after a rehearsal with",
      "              a hundredth of them.",
      "  stalled     9 of 10 --clients read and 1 of 10 never does, events of 16 KiB at half the",
      "              rate, compared with a run of the same server without those that stall.",
      "",
      "Files in --results: results.json (every run, written after each), results.md, and",
      "<scenario>-<number>.png and .svg. A scenario that is measured takes the place of its earlier",
      "results; the others stay.",
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:compared; a server may have been left out, or have failed, as results.md says",
      "1:nothing could be measured",
      "2:the command line is wrong",
    })
public final class Comparison implements Callable<Integer> {
  @Option(
      names = "--servers",
      paramLabel = "<name>",
      split = ",",
      description =
          "raw-loop, broker, and peers by their names; +queues behind jetty, spring-mvc or javalin"
              + " gives each client a queue. Default: all.")
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
      description = {"In which each server has its turn.", "Default: ${DEFAULT-VALUE}"})
  private int rounds = 3;

  @Option(names = "--clients", paramLabel = "<n>", description = "Default: ${DEFAULT-VALUE}")
  private int clients = 1000;

  @Option(
      names = "--rate",
      paramLabel = "<n>",
      description = {"Events a second.", "Default: ${DEFAULT-VALUE}"})
  private int rate = 50;

  @Option(
      names = "--size",
      paramLabel = "<bytes>",
      description = {"Of padding in each event.", "Default: ${DEFAULT-VALUE}"})
  private int size = 64;

  @Option(
      names = "--seconds",
      paramLabel = "<n>",
      description = {"To measure.", "Default: ${DEFAULT-VALUE}"})
  private int seconds = 10;

  @Option(
      names = "--warmup",
      paramLabel = "<seconds>",
      description = {"Under the same load, before it counts.", "Default: ${DEFAULT-VALUE}"})
  private int warmup = 10;

  @Option(names = "--idle-clients", paramLabel = "<n>", description = "Default: ${DEFAULT-VALUE}")
  private int idleClients = 10_000;

  @Option(
      names = "--idle-heap",
      paramLabel = "<size>",
      description = {"Such as 256m or 1g.", "Default: ${DEFAULT-VALUE}"})
  private String idleHeap = "256m";

  @Option(names = "--results", paramLabel = "<folder>", description = "Default: ${DEFAULT-VALUE}")
  private Path results = Path.of("broker-bench/results");

  @Option(
      names = "--peers",
      paramLabel = "<folder>",
      description = {"Has start.sh.", "Default: ${DEFAULT-VALUE}"})
  private Path peers = Path.of("broker-bench/peers");

  @Option(
      names = "--redraw",
      description = "Measure nothing: write tables and pictures anew by results.json.")
  private boolean redraw;

  @Spec private CommandSpec spec = CommandSpec.create();

  private Comparison() {}

  /**
   * Compares once and exits with the code that {@code --help} explains.
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
   * Compares once.
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
      folder.writeTablesAndPictures();
      return 0;
    }
    PrintWriter out = spec.commandLine().getOut();
    ComparisonSettings settings = settings();
    String conditions =
        ComparisonResults.conditions(
            String.join(" ", spec.commandLine().getParseResult().originalArgs()));
    ComparisonRun run = new ComparisonRun(settings, out);
    run.run((measurements, leftOut) -> folder.writeRuns(conditions, measurements, leftOut));
    if (run.measurements().stream().allMatch(Measurement::isFailed)) {
      out.println("nothing could be measured");
      return 1;
    }
    folder.writeRuns(conditions, run.measurements(), run.leftOut());
    folder.writeTablesAndPictures();
    out.println(Files.readString(results.resolve("results.md")));
    return 0;
  }

  private ComparisonSettings settings() throws IOException, InterruptedException {
    return new ComparisonSettings(
        checkedServers(),
        checkedScenarios(),
        within("--rounds", rounds, 1, 1000),
        within("--clients", clients, 1, 1_000_000),
        within("--idle-clients", idleClients, 1, 1_000_000),
        checkedHeap(),
        within("--rate", rate, 1, 1_000_000),
        within("--size", size, 0, 10_000_000),
        within("--seconds", seconds, 1, 3600),
        within("--warmup", warmup, 0, 3600),
        results,
        peers);
  }

  private List<String> checkedServers() throws IOException, InterruptedException {
    List<String> known = new ArrayList<>();
    known.add(MeasuredServer.RAW_LOOP);
    known.add(MeasuredServer.BROKER);
    known.addAll(peerNames());
    for (String server : servers) {
      if (!known.contains(MeasuredServer.peerName(server))) {
        throw wrong("--servers has '%s'; there are %s".formatted(server, String.join(", ", known)));
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

  private List<Scenario> checkedScenarios() {
    if (scenarios.isEmpty()) {
      return List.of(Scenario.values());
    }
    try {
      return scenarios.stream().map(Scenario::of).distinct().toList();
    } catch (IllegalArgumentException e) {
      throw wrong("--scenarios: " + e.getMessage());
    }
  }

  private String checkedHeap() {
    if (!idleHeap.matches("[1-9]\\d{0,5}[mg]")) {
      throw wrong("--idle-heap is '" + idleHeap + "'; needed is a number and m or g");
    }
    return idleHeap;
  }

  private int within(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw wrong("%s is %d; allowed is from %d to %d".formatted(name, value, least, most));
    }
    return value;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
