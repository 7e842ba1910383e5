package dev.ssebroker.demo;

import dev.ssebroker.Event;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The demo's command line. */
@Command(
    name = "java -jar broker-demo.jar",
    versionProvider = DemoCommand.Version.class,
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    abbreviateSynopsis = true,
    description = {
      "",
      "Streams the time as Server-Sent Events: to curl, to a page in the browser, to as many"
          + " clients as like to listen.",
      ""
    },
    optionListHeading = "Options:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  java -jar broker-demo.jar",
      "      then open http://localhost:3000 in a browser,",
      "      or see the raw stream: curl -N http://localhost:3000/",
      "  java -jar broker-demo.jar --port 0 --interval 100ms",
      "      ten events per second, on a free port that it prints",
      "  java -jar broker-demo.jar --message \"it is {time} in Lisbon\"",
      "      words of your own",
      "  java -jar broker-demo.jar --host 0.0.0.0",
      "      for other machines, too",
      "",
      "Paths:",
      "  /         the page for a browser, the stream for everyone else",
      "  /events   the stream",
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "  0:help or version was printed",
      "  1:it could not start, for example because the port is in use",
      "  2:the command line is wrong",
      "130:stopped by Ctrl-C; every stream has had its proper end",
      "143:the same by SIGTERM",
    })
final class DemoCommand implements Callable<Integer> {
  @Option(
      names = "--host",
      paramLabel = "<name>",
      description = {
        "Where to listen: a name or an address of this machine; 0.0.0.0 is all of them.",
        "Default: ${DEFAULT-VALUE}"
      })
  private String host = "localhost";

  @Option(
      names = "--port",
      paramLabel = "<number>",
      converter = PortConverter.class,
      description = {"From 0 to 65535; 0 finds a free one.", "Default: ${DEFAULT-VALUE}"})
  private int port = 3000;

  @Option(
      names = "--interval",
      paramLabel = "<time>",
      converter = IntervalConverter.class,
      description = {
        "From one event to the next: 500ms, 2s, 1m, from 1ms to 1h.",
        "Default: ${DEFAULT-VALUE}"
      })
  private Interval interval = Interval.parse("2s");

  @Option(
      names = "--message",
      paramLabel = "<text>",
      description = {
        "What each event says; {time} becomes the time of its publication.",
        "Default: ${DEFAULT-VALUE}"
      })
  private String message = "the time is " + Demo.TIME;

  @Spec private CommandSpec spec = CommandSpec.create();

  private final PrintWriter err;

  private DemoCommand(PrintWriter err) {
    this.err = err;
  }

  public static void main(String[] args) {
    Log.formatLibraryLines();
    int status = run(writer(System.out), writer(System.err), args);
    if (status != ExitCode.OK) {
      System.exit(status);
    }
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }

  /**
   * Does what the arguments say. Once the demo is running, its ticker's thread keeps the process
   * alive until a signal ends it.
   *
   * @return the exit code; 0 if the demo is running
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine commandLine = new CommandLine(new DemoCommand(err));
    commandLine.setOut(out);
    commandLine.setErr(err);
    // A message may begin with an @.
    commandLine.setExpandAtFiles(false);
    commandLine.setOverwrittenOptionsAllowed(true);
    commandLine.setParameterExceptionHandler((e, given) -> misused(e, err));
    return commandLine.execute(args);
  }

  /** Says what is wrong, without the page of help that would hide it. */
  private static int misused(ParameterException e, PrintWriter err) {
    err.println(e instanceof UnmatchedArgumentException u ? unknown(u) : e.getMessage());
    err.println("Try --help.");
    return ExitCode.USAGE;
  }

  /** Names the first argument only: those behind it may have been meant as its values. */
  private static String unknown(UnmatchedArgumentException e) {
    String known =
        e.getSuggestions().stream().findFirst().map(" Did you mean %s?"::formatted).orElse("");
    return "Unknown %s '%s'.%s"
        .formatted(e.isUnknownOption() ? "option" : "argument", e.getUnmatched().getFirst(), known);
  }

  @Override
  public Integer call() {
    checkText();
    Log log = new Log(err);
    Demo demo;
    try {
      demo = Demo.start(host, port, interval.duration(), message, log);
    } catch (IOException e) {
      err.println(ListenFailure.describe(host, port, e));
      return ExitCode.SOFTWARE;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(demo::close, "shutdown"));
    String url = url(host, demo.port());
    log.line("Listening. Open " + url + " in a browser");
    log.line("or see the raw stream: curl -N " + url + "/");
    log.line("Ctrl-C stops it");
    return ExitCode.OK;
  }

  /** What cannot be used at all is wrong input, not a failure to be met later. */
  private void checkText() {
    if (host.isBlank()) {
      throw wrong("--host", "it is empty; allowed is a name or an address of this machine");
    }
    try {
      Event unused = Demo.event(message, ZonedDateTime.now(ZoneOffset.UTC));
    } catch (IllegalArgumentException e) {
      throw wrong("--message", e.getMessage());
    }
  }

  private ParameterException wrong(String option, @Nullable String reason) {
    return new ParameterException(
        spec.commandLine(), "Invalid value for option '" + option + "': " + reason);
  }

  /** Returns what a client on this machine, or on the network of the host, can open. */
  static String url(String host, int port) {
    String name =
        switch (host) {
          case "0.0.0.0", "::", "[::]" -> "localhost";
          default -> host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        };
    return "http://" + name + ":" + port;
  }

  /** Reads a port. */
  static final class PortConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65535) {
        return Integer.valueOf(text);
      }
      throw new TypeConversionException(
          "'%s' is not a port; allowed is a number from 0 to 65535".formatted(text));
    }
  }

  /** Reads an interval. */
  static final class IntervalConverter implements ITypeConverter<Interval> {
    @Override
    public Interval convert(String text) {
      try {
        return Interval.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Says which build this is: its jar knows. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String build =
          Optional.ofNullable(DemoCommand.class.getPackage().getImplementationVersion())
              .orElse("(not from its jar)");
      return new String[] {
        "sse-broker demo %s, Java %s".formatted(build, System.getProperty("java.version"))
      };
    }
  }
}
