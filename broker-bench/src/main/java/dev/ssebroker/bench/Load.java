package dev.ssebroker.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Puts a server of event streams under load, and reports what its clients received and how fast.
 */
@Command(
    name = "java -cp benchmarks.jar dev.ssebroker.bench.Load",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    abbreviateSynopsis = true,
    description = {
      "",
      "Measures any server of Server-Sent Events: rate, latency and losses as seen by the clients,"
          + " and the cost of a delivery and of a connection for the server.",
      "",
      "The data of each event must contain the mark 'T=<epoch nanoseconds>;' with the time of"
          + " publication. If a sequence 'N=<number>;' follows directly, the tool also detects events"
          + " that no client received. TickerServer and RawLoop in this jar are such servers."
          + " Plain HTTP/1.1 only.",
      ""
    },
    optionListHeading = "Options:%n",
    footerHeading = "%nHow it measures:%n",
    footer = {
      "  The tool connects, warms up, measures, and then waits up to 5 s for events in flight.",
      "  An event belongs to the window if its T does. Every client should receive every event of",
      "  the window; missing events are lost. The rate counts the events read within the window.",
      "  Latency is the time from T until the read that completes the event returns. So the server",
      "  and the tool must share a clock, and preferably a machine. Warm up JVMs for at least 10 s.",
      "  With --resume, a scout reads the stream first, for up to 60 s, until it knows the id of the",
      "  event n events back. Then all clients connect with that id at once. They should receive",
      "  every event after it, up to the end of the window. A client has caught up when it receives",
      "  an event whose T is after the head of its response. The warm-up starts when all clients",
      "  have caught up.",
      "  If the busiest thread of the tool is near 100 %%, the tool is the bottleneck.",
      "",
      "Fields of the JSON object:",
      "  url, clients, stalled, threads, warmupSeconds: the options;",
      "  seconds: the length of the window; compressed: whether the server compresses;",
      "  connectSeconds, slowestAnswerMillis: until all heads of responses, or the slowest, arrived;",
      "  with --resume: resumed (n), complete (clients that received every event after the id, once",
      "  and in order), caughtUpSeconds (from the first connect until all clients had caught up; absent",
      "  if some had not); the counts of events then include the events after the id;",
      "  received, receivedPerSecond, megabytesPerSecond: read within the window, by all clients;",
      "  owedPerClient, fewestPerClient, mostPerClient: events of the window;",
      "  sequenced: whether all marks have N; lost (without N: compared with the best client);",
      "  behind: clients that have not reached the end of the window 5 s after it;",
      "  outOfOrder, repeated, gaps (events of type 'gap'), ended (clients);",
      "  latencyMicros: p50, p90, p99, p99.9, max;",
      "  clientCpuMicrosPerEvent, clientBusy (0 to 1, of the busiest thread): the tool itself;",
      "  with --pid: serverCpuMicrosPerDelivery, serverCpuSeconds, foreignProcessors (used by other",
      "  processes and the hypervisor), residentBytesBefore, residentBytesConnected,",
      "  residentBytesAtEnd, residentBytesPerConnection;",
      "  warnings: why the numbers may be wrong.",
      "",
      "Examples:",
      "  java -cp benchmarks.jar dev.ssebroker.bench.TickerServer 8080 50 64 &",
      "  java -cp benchmarks.jar dev.ssebroker.bench.Load --clients 1000 --pid $!",
      "      measures the ticker of this jar and its cost",
      "  java -cp benchmarks.jar dev.ssebroker.bench.Load --clients 900 --stalled 100",
      "      shows whether 10 %% stalled clients affect the others",
      "  java -cp benchmarks.jar dev.ssebroker.bench.Load --clients 10000 --pace 10000",
      "      opens all connections at once; needs 'ulimit -n 10050'",
      "  java -cp benchmarks.jar dev.ssebroker.bench.Load --clients 10000 --resume 100",
      "      the same after a network failure: each client has missed 100 events",
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every client received every event, once and in order",
      "1:the measurement failed; standard error has the reason",
      "2:the command line is invalid",
      "3:events were lost, repeated or out of order, or clients were ended",
    })
public final class Load implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int LOSSES = 3;
  private static final int DEFAULT_PACE = 32;

  @Option(
      names = "--url",
      paramLabel = "<url>",
      description = {"The event stream.", "Default: ${DEFAULT-VALUE}"})
  private URI url = URI.create("http://127.0.0.1:8080/events");

  @Option(
      names = "--clients",
      paramLabel = "<n>",
      description = {"The number of clients that read.", "Default: ${DEFAULT-VALUE}"})
  private int clients = 1000;

  @Option(
      names = "--seconds",
      paramLabel = "<n>",
      description = {"How long to measure.", "Default: ${DEFAULT-VALUE}"})
  private int seconds = 20;

  @Option(
      names = "--warmup",
      paramLabel = "<seconds>",
      description = {"How long to warm up under the same load.", "Default: ${DEFAULT-VALUE}"})
  private int warmup = 10;

  @Option(
      names = "--stalled",
      paramLabel = "<n>",
      description = {
        "The number of additional clients that never read.",
        "Default: ${DEFAULT-VALUE}"
      })
  private int stalled;

  @Option(
      names = "--resume",
      paramLabel = "<n>",
      description = {
        "Every client connects with the Last-Event-ID of the event n events back, as after a network"
            + " failure; 0 disables this. Needs ids, and marks with N.",
        "Default: ${DEFAULT-VALUE}"
      })
  private int resume;

  @Option(
      names = "--pid",
      paramLabel = "<pid>",
      split = ",",
      description =
          "The processes of the server, whose CPU time and memory are measured; comma-separated.")
  private List<Long> pids = new ArrayList<>();

  @Option(names = "--gzip", description = "Request compression.")
  private boolean gzip;

  @Option(
      names = "--json",
      paramLabel = "<file>",
      description =
          "Also write the report to this file; - is stdout, and the table then goes to stderr.")
  private String json = "";

  @Option(
      names = "--threads",
      paramLabel = "<n>",
      description = {"The number of reading threads, 1 or 2.", "Default: ${DEFAULT-VALUE}"})
  private int threads = 1;

  @Option(
      names = "--pace",
      paramLabel = "<n>",
      description = {
        "The maximum number of connections without a response, so that the accept backlog of the"
            + " server does not overflow.",
        "Default: 32; with --resume, all"
      })
  private @Nullable Integer pace;

  @Option(
      names = "--header",
      paramLabel = "<name: value>",
      description = "An additional field of the request; can be repeated.")
  private List<String> headers = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  private final boolean terminal;

  private Load(boolean terminal) {
    this.terminal = terminal;
  }

  /**
   * Runs the load client and exits with a code that {@code --help} explains.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    int status = run(writer(System.out), writer(System.err), Progress.isErrorTerminal(), args);
    if (status != 0) {
      System.exit(status);
    }
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  /**
   * Runs the load client.
   *
   * @param terminal whether lines on {@code err} can be rewritten
   * @return the exit code
   */
  static int run(PrintWriter out, PrintWriter err, boolean terminal, String... args) {
    return new CommandLine(new Load(terminal))
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler((e, command, parsed) -> {
          if (e instanceof LoadFailure || e instanceof IOException) {
            err.println(e instanceof LoadFailure ? e.getMessage() : e.toString());
            return FAILED;
          }
          throw e;
        })
        .execute(args);
  }

  @Override
  public Integer call() throws IOException, LoadFailure, InterruptedException {
    LoadSettings settings = settings();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    LoadReport report = LoadRun.run(settings, new Progress(err, terminal));
    boolean toStdout = json.equals("-");
    PrintWriter tableOut = toStdout ? err : out;
    tableOut.print(report.table());
    tableOut.flush();
    if (toStdout) {
      out.print(Json.write(report.json()));
      out.flush();
    } else if (!json.isEmpty()) {
      Files.writeString(Path.of(json), Json.write(report.json()));
    }
    if (report.received() == 0) {
      return FAILED;
    }
    return report.isAsExpected() ? 0 : LOSSES;
  }

  private LoadSettings settings() {
    if (!"http".equalsIgnoreCase(url.getScheme()) || url.getHost() == null) {
      throw new ParameterException(
          spec.commandLine(), "--url is '" + url + "'; write http://<host>...");
    }
    for (String header : headers) {
      if (header.indexOf(':') < 1 || header.contains("\n") || header.contains("\r")) {
        throw new ParameterException(
            spec.commandLine(), "--header is '" + header + "'; write <name>: <value>");
      }
    }
    return new LoadSettings(
        url,
        inRange("--clients", clients, 1, 1_000_000),
        inRange("--stalled", stalled, 0, 1_000_000),
        inRange("--threads", threads, 1, 2),
        inRange("--pace", pace(), 1, 1_000_000),
        inRange("--resume", resume, 0, 1_000_000),
        inRange("--warmup", warmup, 0, 3600),
        inRange("--seconds", seconds, 1, 86_400),
        gzip,
        headers,
        pids);
  }

  private int pace() {
    if (pace != null) {
      return pace;
    }
    return resume > 0 ? clients : DEFAULT_PACE;
  }

  private int inRange(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new ParameterException(
          spec.commandLine(),
          "%s is %d; allowed is from %d to %d".formatted(name, value, min, max));
    }
    return value;
  }
}
