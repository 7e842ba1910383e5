package dev.ssebroker.demo;

import dev.ssebroker.Event;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;

/** Publishes lines, each as one event, in order. */
final class PublishCommand implements DemoSubcommand {
  /** More than any server takes unless it is told to. */
  private static final int MAX_LINE_BYTES = 16 * 1024 * 1024;

  private static final String STANDARD_INPUT = "-";

  private static final Setting<URI> URL =
      Setting.of(
          "--url",
          "<url>",
          "http://localhost:3000",
          PublishCommand::url,
          "The server; localhost:3000 will do. Events are posted to /publish/ and the topic"
              + " there.");
  private static final Setting<String> TOPIC =
      Setting.optional(
          "--topic", "<name>", Topic::read, "What to publish to, such as news. Must be given.");
  private static final Setting<String> TYPE =
      Setting.optional(
          "--type", "<name>", PublishCommand::type, "The events' type; message unless set.");
  private static final Setting<String> ID =
      Setting.optional(
          "--id",
          "<prefix>",
          PublishCommand::idPrefix,
          "Gives the events ids: this, a hyphen, and the number of the line. The server takes"
              + " each id once, so what may have been sent can be sent again: by itself after a"
              + " lost answer, and by you with the same command.");
  private static final Setting<String> TOKEN =
      Setting.secret(
          "--token",
          "<text>",
          Token::read,
          "The server's secret for publishers. Better given by the variable: other users of the"
              + " machine can read command lines.");
  private static final Setting<Integer> RETRIES =
      Setting.of(
          "--retries",
          "<number>",
          "8",
          new NumberRange(0, 1000)::read,
          "How often an event may be sent again, about half a minute in all.");
  private static final Setting<Boolean> PROGRESS =
      Setting.toggle(
          "--progress",
          "Says on standard error once per second how many events were sent; on a terminal it"
              + " does so anyway.");

  @Override
  public CommandSpec describe() {
    return new HelpPage(
            "publish --topic <name> [OPTIONS] [FILE]",
            "",
            "Publishes each line of a file, or of standard input, as one event, in order.",
            "A line goes out as soon as it has come. Empty lines are left out.")
        .argument("FILE", "Its lines, in UTF-8; - or none is standard input.")
        .group("Server", List.of(URL, TOKEN))
        .group("Events", List.of(TOPIC, TYPE, ID))
        .group("Sending", List.of(RETRIES, PROGRESS))
        .footer(
            "Examples",
            "  echo 'It rained.' | java -jar broker-demo.jar publish --topic news",
            "  java -jar broker-demo.jar publish --topic news --type weather lines.txt",
            "  tail -f access.log | java -jar broker-demo.jar publish --topic log",
            "      line by line, as they come",
            "  java -jar broker-demo.jar publish --topic news --id 2026-11-23 lines.txt",
            "      may be run again after a failure: nothing is published twice while the",
            "      server's history has it",
            "",
            "When something fails:",
            "  While the server cannot be reached, is full or closing (429, 503), the event",
            "  is sent again after a while, at most --retries times. If the answer to an",
            "  event that was sent is lost, the event may have been published or not: with",
            "  --id it is sent again, without --id the command stops and says so.")
        .exitCode(0, "every line was published")
        .exitCode(1, "a line was not, or may not have been; those behind it were not sent")
        .exitCode(2, "the command line, or a variable, is wrong")
        .exitCode(130, "stopped by Ctrl-C")
        .spec();
  }

  @Override
  public int run(Given given, Surroundings surroundings) throws InterruptedException {
    String topic = given.get(TOPIC);
    boolean terminal = surroundings.errIsTerminal();
    Progress progress =
        new Progress(
            surroundings.err(), given.get(PROGRESS) || terminal, terminal, System::nanoTime);
    try (Publisher publisher =
            new Publisher(
                given.get(URL),
                topic,
                given.find(TYPE),
                given.find(TOKEN),
                given.find(ID),
                given.get(RETRIES),
                surroundings,
                progress);
        InputStream in = open(given.argument(), surroundings)) {
      Sum sum = new Sum(topic, progress, surroundings);
      Thread atTheEnd = new Thread(sum::print, "summary");
      Runtime.getRuntime().addShutdownHook(atTheEnd);
      try {
        return publish(publisher, in, sum, progress);
      } finally {
        sum.print();
        forget(atTheEnd);
      }
    } catch (IOException e) {
      progress.message("The input cannot be read: " + Lost.reason(e));
      return ExitCode.SOFTWARE;
    }
  }

  private static int publish(Publisher publisher, InputStream in, Sum sum, Progress progress)
      throws IOException, InterruptedException {
    LineReader lines = new LineReader(in, MAX_LINE_BYTES);
    long number = 0;
    try {
      for (Optional<byte[]> line = lines.next(); line.isPresent(); line = lines.next()) {
        number++;
        if (line.get().length > 0) {
          sum.add(publisher.publish(number, line.get()));
          progress.count(sum.events);
        }
      }
      return ExitCode.OK;
    } catch (LineReader.TooLong e) {
      progress.message(
          "Line %d is longer than %s, and was not sent"
              .formatted(number + 1, SizeRange.text(MAX_LINE_BYTES)));
    } catch (CommandFailure e) {
      progress.message(e.line());
    }
    return ExitCode.SOFTWARE;
  }

  /** The process may be ending already. */
  private static void forget(Thread hook) {
    try {
      boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs, and prints nothing any more.
    }
  }

  private static InputStream open(Optional<String> file, Surroundings surroundings) {
    if (file.isEmpty() || file.get().equals(STANDARD_INPUT)) {
      return surroundings.in();
    }
    try {
      Path path = Path.of(file.get());
      if (Files.isDirectory(path)) {
        throw unreadable(file.get());
      }
      return Files.newInputStream(path);
    } catch (IOException | InvalidPathException e) {
      throw unreadable(file.get());
    }
  }

  private static Misuse unreadable(String file) {
    return new Misuse(
        "Invalid value for FILE: '%s' cannot be read; allowed is a file, or - for standard input"
            .formatted(Plain.text(file)));
  }

  private static URI url(String text) {
    URI url = ServerUrl.read(text);
    if (url.getRawQuery() != null || url.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "'%s' has a query; allowed is the server's address, with a path if need be"
              .formatted(text));
    }
    return url;
  }

  private static String type(String text) {
    Event unused = Event.of(text, "");
    return text;
  }

  /** With a hyphen and a number of 19 digits it is still an id. */
  private static String idPrefix(String text) {
    if (!text.matches("[A-Za-z0-9._~-]{1,44}")) {
      throw new IllegalArgumentException(
          "'%s' is not allowed; write 1 to 44 letters, digits and . _ ~ -".formatted(text));
    }
    return text;
  }

  /** What became of all events. Used by the publishing thread, and printed once by any. */
  private static final class Sum {
    private final String topic;
    private final Progress progress;
    private final Surroundings surroundings;
    private final AtomicBoolean printed = new AtomicBoolean();

    // Volatile for the hook, which reads them when the process is ended from outside.
    private volatile long events;
    private volatile long before;
    private volatile long deliveries;
    private volatile long dropped;
    private volatile int clients;

    Sum(String topic, Progress progress, Surroundings surroundings) {
      this.topic = topic;
      this.progress = progress;
      this.surroundings = surroundings;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    void add(Publisher.Published published) {
      if (published.before()) {
        before++;
        return;
      }
      events++;
      clients = published.queued() + published.replaying();
      deliveries += clients;
      dropped += published.dropped();
    }

    void print() {
      if (!printed.compareAndSet(false, true)) {
        return;
      }
      progress.clear();
      StringBuilder line = new StringBuilder();
      line.append("Published %d %s to '%s'".formatted(events, plural(events, "event"), topic));
      line.append(String.format(Locale.ROOT, " in %.1f s", progress.seconds()));
      if (events > 0) {
        line.append(
            ", to be delivered %d %s, the last to %d %s"
                .formatted(
                    deliveries, plural(deliveries, "time"), clients, plural(clients, "client")));
      }
      if (dropped > 0) {
        line.append(", %d dropped".formatted(dropped));
      }
      if (before > 0) {
        line.append(", %d published before".formatted(before));
      }
      surroundings.out().println(line);
      surroundings.out().flush();
    }

    private static String plural(long count, String word) {
      return count == 1 ? word : word + "s";
    }
  }
}
