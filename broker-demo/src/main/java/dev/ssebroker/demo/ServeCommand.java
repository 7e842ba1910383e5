package dev.ssebroker.demo;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;

/** Serves the ticker's stream and published events until a signal stops the process. */
final class ServeCommand implements DemoSubcommand {
  @Override
  public CommandSpec describe() {
    HelpPage page =
        new HelpPage(
            "[serve] [OPTIONS]",
            "",
            "Streams the time as Server-Sent Events to any number of clients, such as",
            "curl or a page in the browser.",
            "",
            "Commands:",
            "  serve       streams the time; the default",
            "  publish     publishes lines of a file or of standard input",
            "  subscribe   prints a stream",
            "For details, see publish --help and subscribe --help.");
    page.group("Settings", List.of(ServeOptions.PRINT_CONFIG));
    ServeOptions.GROUPS.forEach(group -> page.group(group.heading(), group.settings()));
    return page.footer(
            "Examples",
            "  java -jar broker-demo.jar",
            "      then open http://localhost:3000 in a browser,",
            "      or print the raw stream: curl -N http://localhost:3000/",
            "  java -jar broker-demo.jar --port 0 --interval 100ms",
            "      ten events per second; prints the free port that it uses",
            "  java -jar broker-demo.jar --message \"it is {time} in Lisbon\"",
            "      a custom message",
            "  java -jar broker-demo.jar --host 0.0.0.0",
            "      serves other machines, too",
            "  java -jar broker-demo.jar --tls-cert chain.pem --tls-key key.pem --port 8443",
            "      serves HTTPS",
            "  java -jar broker-demo.jar --redis redis://localhost --port 3001",
            "      one of several demos that share a log",
            "  SSE_BROKER_PORT=8080 java -jar broker-demo.jar --print-config",
            "      prints the settings and exits",
            "",
            "Paths:",
            "  /         the page for a browser, the stream for everyone else",
            "  /events   the stream; ?topic=news/* for other topics, can be repeated",
            "  /figures  with --redis: the figures of this demo, as JSON",
            "  /publish/<topic>   POST the data of an event; ?type=alert sets its type")
        .exitCode(0, "help, version or settings were printed")
        .exitCode(1, "the demo could not start, for example because the port is in use")
        .exitCode(2, "the command line or a variable is invalid")
        .exitCode(130, "stopped by Ctrl-C; every stream was ended properly")
        .exitCode(143, "stopped by SIGTERM, in the same way")
        .spec();
  }

  @Override
  public int run(SettingValues values, CommandContext surroundings) {
    ServeSettings settings = ServeOptions.read(values);
    if (values.get(ServeOptions.PRINT_CONFIG)) {
      ServeOptions.GROUPS.stream()
          .flatMap(group -> group.settings().stream())
          .forEach(setting -> surroundings.outLines().println(configLine(setting, values)));
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
    log.line("or print the raw stream: curl -N " + url + "/");
    log.line("Press Ctrl-C to stop");
    return ExitCode.OK;
  }

  /** Returns one line, even for a value with line breaks or other control characters. */
  private static String configLine(Setting<?> setting, SettingValues values) {
    String value = values.text(setting).map(text -> setting.shown().apply(text)).orElse("(none)");
    return setting.name() + " = " + PlainText.of(value) + "  # " + values.origin(setting);
  }

  /** Returns the address that a client on this machine, or on the host's network, can open. */
  static String url(String scheme, String host, int port) {
    String name =
        switch (host) {
          case "0.0.0.0", "::", "[::]" -> "localhost";
          default -> host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        };
    return scheme + "://" + name + ":" + port;
  }
}
