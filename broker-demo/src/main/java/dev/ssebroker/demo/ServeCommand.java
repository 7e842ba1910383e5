package dev.ssebroker.demo;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;

/** Serves the ticker's stream, and what is published, until a signal ends it. */
final class ServeCommand implements DemoSubcommand {
  @Override
  public CommandSpec describe() {
    HelpPage page =
        new HelpPage(
            "[serve] [OPTIONS]",
            "",
            "Streams the time as Server-Sent Events: to curl, to a page in the browser,",
            "to as many clients as like to listen.",
            "",
            "Commands:",
            "  serve       this one, which is meant if none is named",
            "  publish     publishes lines of a file or of standard input",
            "  subscribe   prints a stream",
            "publish --help and subscribe --help say more.");
    page.group("Settings", List.of(ServeOptions.PRINT_CONFIG));
    ServeOptions.GROUPS.forEach(group -> page.group(group.heading(), group.settings()));
    return page.footer(
            "Examples",
            "  java -jar broker-demo.jar",
            "      then open http://localhost:3000 in a browser,",
            "      or see the raw stream: curl -N http://localhost:3000/",
            "  java -jar broker-demo.jar --port 0 --interval 100ms",
            "      ten events per second, on a free port that it prints",
            "  java -jar broker-demo.jar --message \"it is {time} in Lisbon\"",
            "      words of your own",
            "  java -jar broker-demo.jar --host 0.0.0.0",
            "      for other machines, too",
            "  java -jar broker-demo.jar --tls-cert chain.pem --tls-key key.pem --port 8443",
            "      HTTPS",
            "  java -jar broker-demo.jar --redis redis://localhost --port 3001",
            "      one of several demos that are one",
            "  SSE_BROKER_PORT=8080 java -jar broker-demo.jar --print-config",
            "      what would be served",
            "",
            "Paths:",
            "  /         the page for a browser, the stream for everyone else",
            "  /events   the stream; ?topic=news/* for other topics, as often as needed",
            "  /figures  with --redis: what this demo does, as JSON",
            "  /publish/<topic>   POST the data of an event, ?type=alert for its type")
        .exitCode(0, "help, version or settings were printed")
        .exitCode(1, "it could not start, for example because the port is in use")
        .exitCode(2, "the command line, or a variable, is wrong")
        .exitCode(130, "stopped by Ctrl-C; every stream has had its proper end")
        .exitCode(143, "the same by SIGTERM")
        .spec();
  }

  @Override
  public int run(Given given, Surroundings surroundings) {
    ServeSettings settings = ServeOptions.read(given);
    if (given.get(ServeOptions.PRINT_CONFIG)) {
      ServeOptions.GROUPS.stream()
          .flatMap(group -> group.settings().stream())
          .forEach(setting -> surroundings.outLines().println(configLine(setting, given)));
      return ExitCode.OK;
    }
    Log log = new Log(surroundings.err());
    Demo demo;
    try {
      demo = Demo.start(settings, log);
    } catch (IOException e) {
      surroundings.err().println(ListenFailure.describe(settings.host(), settings.port(), e));
      return ExitCode.SOFTWARE;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(demo::close, "shutdown"));
    String scheme = settings.tls().isPresent() ? "https" : "http";
    String url = url(scheme, settings.host(), demo.port());
    log.line("Listening. Open " + url + " in a browser");
    log.line("or see the raw stream: curl -N " + url + "/");
    log.line("Ctrl-C stops it");
    return ExitCode.OK;
  }

  /** A value that has line breaks or other controls is still one line. */
  private static String configLine(Setting<?> setting, Given given) {
    String value = given.text(setting).map(text -> setting.shown().apply(text)).orElse("(none)");
    return setting.name() + " = " + Plain.text(value) + "  # " + given.origin(setting);
  }

  /** Returns what a client on this machine, or on the network of the host, can open. */
  static String url(String scheme, String host, int port) {
    String name =
        switch (host) {
          case "0.0.0.0", "::", "[::]" -> "localhost";
          default -> host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        };
    return scheme + "://" + name + ":" + port;
  }
}
