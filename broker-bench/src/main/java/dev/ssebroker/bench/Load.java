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

/** Puts a server of event streams under load and says what its clients received, and how soon. */
@Command(
    name = "java -cp benchmarks.jar dev.ssebroker.bench.Load",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    abbreviateSynopsis = true,
    description = {
      "",
      "Measures any server of Server-Sent Events: rate, latency and losses as the clients see them,"
          + " and what a delivery and a connection cost the server.",
      "",
      "The server must publish events whose data has the mark 'T=<epoch nanoseconds>;', the time of"
          + " publication, at any place; if a sequence follows at once, 'N=<number>;', even an event"
          + " is noticed that nobody receives. TickerServer and RawLoop in this jar are such servers."
          + " Plain HTTP/1.1 only.",
      ""
    },
    optionListHeading = "Options:%n",
    footerHeading = "%nHow it measures:%n",
    footer = {
      "  It connects, warms up, measures for so many seconds, and then waits up to 5 s for what is",
      "  still under way. An event belongs to the window if its T does, and every client is owed",
      "  every such event: what is missing is lost. The rate is of what was read in the window.",
      "  Latency is from T to the return of the read that brought the event's end, so server and",
      "  tool must share a clock, best a machine. Warm up JVM servers for 10 s at least.",
      "  With --resume, a scout reads the stream first, for up to 60 s, until it has the id of the",
      "  event n events back. Then all clients connect with that id at once, and are owed every",
      "  event since, up to the window's end. A client is level when it has received an event whose",
      "  T is after the head of its answer; the warm-up begins when all are.",
      "  If the tool's busiest thread comes near 100 %%, the tool is what was measured.",
      "",
      "Fields of the JSON object:",
      "  url, clients, stalled, threads, warmupSeconds: what was asked for;",
      "  seconds: the window; compressed: whether the server did;",
      "  connectSeconds, slowestAnswerMillis: until all, or the slowest, had their answer;",
      "  with --resume: resumed (n), complete (clients that got every event since the id, once and",
      "  in order), levelSeconds (from the first connect until all were level; none if some never",
      "  were); owed, lost, outOfOrder and repeated are then counted since the id, too;",
      "  received, receivedPerSecond, megabytesPerSecond: read in the window, by all clients;",
      "  owedPerClient, fewestPerClient, mostPerClient: events of the window;",
      "  sequenced: whether all marks had N; lost (if not: compared with the best client);",
      "  behind: clients that 5 s after the window had not come to its end;",
      "  outOfOrder, repeated, gaps (events of the type 'gap'), ended (clients);",
      "  latencyMicros: p50, p90, p99, p99.9, max;",
      "  clientCpuMicrosPerEvent, clientBusy (0 to 1, the busiest thread): this tool itself;",
      "  with --pid: serverCpuMicrosPerDelivery, serverCpuSeconds, foreignProcessors (that other",
      "  processes and the hypervisor took), residentBytesBefore, residentBytesConnected,",
      "  residentBytesAtEnd, residentBytesPerConnection;",
      "  warnings: what makes the numbers doubtful.",
      "",
      "Examples:",
      "  java -cp benchmarks.jar dev.ssebroker.bench.TickerServer 8080 50 64 &",
      "  java -cp benchmarks.jar dev.ssebroker.bench.Load --clients 1000 --pid $!",
      "      the ticker of this jar, and what it costs",
      "  java -cp benchmarks.jar dev.ssebroker.bench.Load --clients 900 --stalled 100",
      "      does a tenth that never reads disturb the others?",
      "  java -cp benchmarks.jar dev.ssebroker.bench.Load --clients 10000 --pace 10000",
      "      a storm of connections; needs 'ulimit -n 10050'",
      "  java -cp benchmarks.jar dev.ssebroker.bench.Load --clients 10000 --resume 100",
      "      the same after a failure of the network: each lacks 100 events",
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:measured; every client received every event, once and in order",
      "1:could not measure; a line on stderr says why",
      "2:the command line is wrong",
      "3:measured, but events were lost, repeated or out of order, or clients ended",
    })
public final class Load implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int LOSSES = 3;
  private static final int USUAL_PACE = 32;

  @Option(
      names = "--url",
      paramLabel = "<url>",
      description = {"Of the event stream.", "Default: ${DEFAULT-VALUE}"})
  private URI url = URI.create("http://127.0.0.1:8080/events");

  @Option(
      names = "--clients",
      paramLabel = "<n>",
      description = {"That read and are counted.", "Default: ${DEFAULT-VALUE}"})
  private int clients = 1000;

  @Option(
      names = "--seconds",
      paramLabel = "<n>",
      description = {"To measure.", "Default: ${DEFAULT-VALUE}"})
  private int seconds = 20;

  @Option(
      names = "--warmup",
      paramLabel = "<seconds>",
      description = {"Under the same load, before it counts.", "Default: ${DEFAULT-VALUE}"})
  private int warmup = 10;

  @Option(
      names = "--stalled",
      paramLabel = "<n>",
      description = {"Further clients that connect and never read.", "Default: ${DEFAULT-VALUE}"})
  private int stalled;

  @Option(
      names = "--resume",
      paramLabel = "<n>",
      description = {
        "Let every client connect with the Last-Event-ID of the event that is so many events back,"
            + " as after a failure of the network; 0 for none. Needs ids, and marks with N.",
        "Default: ${DEFAULT-VALUE}"
      })
  private int resume;

  @Option(
      names = "--pid",
      paramLabel = "<pid>",
      split = ",",
      description =
          "Of the server, to measure its processor time and its memory; several with commas.")
  private List<Long> pids = new ArrayList<>();

  @Option(names = "--gzip", description = "Ask for compression.")
  private boolean gzip;

  @Option(
      names = "--json",
      paramLabel = "<file>",
      description = "Write the report there, too; - is stdout, and the table then goes to stderr.")
  private String json = "";

  @Option(
      names = "--threads",
      paramLabel = "<n>",
      description = {"That read, 1 or 2.", "Default: ${DEFAULT-VALUE}"})
  private int threads = 1;

  @Option(
      names = "--pace",
      paramLabel = "<n>",
      description = {
        "Connections that may wait for their answer at a time, so that the server's backlog is not"
            + " overrun.",
        "Default: 32; with --resume, all"
      })
  private @Nullable Integer pace;

  @Option(
      names = "--header",
      paramLabel = "<name: value>",
      description = "A further field of the request; may be repeated.")
  private List<String> headers = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  private final boolean terminal;

  private Load(boolean terminal) {
    this.terminal = terminal;
  }

  /**
   * Runs once and exits with the code that {@code --help} explains.
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
   * Runs once.
   *
   * @param terminal whether a line on {@code err} can be written anew
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
    PrintWriter people = toStdout ? err : out;
    people.print(report.table());
    people.flush();
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
          spec.commandLine(), "--url is '" + url + "'; needed is http://<host>...");
    }
    for (String header : headers) {
      if (header.indexOf(':') < 1 || header.contains("\n") || header.contains("\r")) {
        throw new ParameterException(
            spec.commandLine(), "--header is '" + header + "'; needed is <name>: <value>");
      }
    }
    return new LoadSettings(
        url,
        within("--clients", clients, 1, 1_000_000),
        within("--stalled", stalled, 0, 1_000_000),
        within("--threads", threads, 1, 2),
        within("--pace", pace(), 1, 1_000_000),
        within("--resume", resume, 0, 1_000_000),
        within("--warmup", warmup, 0, 3600),
        within("--seconds", seconds, 1, 86_400),
        gzip,
        headers,
        pids);
  }

  private int pace() {
    if (pace != null) {
      return pace;
    }
    return resume > 0 ? clients : USUAL_PACE;
  }

  private int within(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ParameterException(
          spec.commandLine(),
          "%s is %d; allowed is from %d to %d".formatted(name, value, least, most));
    }
    return value;
  }
}
