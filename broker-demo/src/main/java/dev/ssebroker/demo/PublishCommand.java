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

/** Publishes lines in order, each as one event. */
final class PublishCommand implements DemoSubcommand {
  /** Larger than the default limit of any server. */
  private static final int MAX_LINE_BYTES = 16 * 1024 * 1024;

  private static final String STANDARD_INPUT = "-";

  private static final Setting<URI> URL =
      Setting.of(
          "--url",
          "<url>",
          "http://localhost:3000",
          PublishCommand::url,
          "The server, such as localhost:3000. Events are posted to /publish/<topic>.");
  private static final Setting<String> TOPIC =
      Setting.optional(
          "--topic", "<name>", Topic::read, "The topic to publish to, such as news. Required.");
  private static final Setting<String> TYPE =
      Setting.optional(
          "--type", "<name>", PublishCommand::type, "The type of the events. Default: message");
  private static final Setting<String> ID =
      Setting.optional(
          "--id",
          "<prefix>",
          PublishCommand::idPrefix,
          "Gives each event an id: this prefix, a hyphen, and the line number. The server accepts"
              + " an id only once. So the command can resend an event after a lost response, and"
              + " you can run the same command again.");
  private static final Setting<String> TOKEN =
      Setting.secret(
          "--token",
          "<text>",
          Token::read,
          "The server's token for publishers. Prefer the variable: other users of this machine"
              + " can read command lines.");
  private static final Setting<Integer> RETRIES =
      Setting.of(
          "--retries",
          "<number>",
          "8",
          new NumberRange(0, 1000)::read,
          "How often to retry an event; the default takes about half a minute.");
  private static final Setting<Boolean> PROGRESS =
      Setting.toggle(
          "--progress",
          "Prints the number of events sent to standard error, once a second. Always on for a"
              + " terminal.");

  @Override
  public CommandSpec describe() {
    return new HelpPage(
            "publish --topic <name> [OPTIONS] [FILE]",
            "",
            "Publishes each line of a file, or of standard input, as one event, in order.",
            "Sends a line as soon as it has been read. Skips empty lines.")
        .argument("FILE", "The file to read, in UTF-8. Default, and for -: standard input.")
        .group("Server", List.of(URL, TOKEN))
        .group("Events", List.of(TOPIC, TYPE, ID))
        .group("Sending", List.of(RETRIES, PROGRESS))
        .footer(
            "Examples",
            "  echo 'It rained.' | java -jar broker-demo.jar publish --topic news",
            "  java -jar broker-demo.jar publish --topic news --type weather lines.txt",
            "  tail -f access.log | java -jar broker-demo.jar publish --topic log",
            "      publishes each line as it is written",
            "  java -jar broker-demo.jar publish --topic news --id 2026-11-23 lines.txt",
            "      can be run again after a failure: the server does not publish an event",
            "      twice while its history contains it",
            "",
            "Failures:",
            "  If the server cannot be reached, is full or is closing (429, 503), the",
            "  command retries the event up to --retries times. If the response to an event",
            "  is lost, the event may have been published. With --id the command retries it;",
            "  without --id it stops with an error.")
        .exitCode(0, "every line was published")
        .exitCode(1, "a line was not, or may not have been, published; later lines were not sent")
        .exitCode(2, "the command line or a variable is invalid")
        .exitCode(130, "stopped by Ctrl-C")
        .spec();
  }

  @Override
  public int run(SettingValues values, CommandContext surroundings) throws InterruptedException {
    String topic = values.get(TOPIC);
    boolean terminal = surroundings.errIsTerminal();
    Progress progress =
        new Progress(
            surroundings.err(), values.get(PROGRESS) || terminal, terminal, System::nanoTime);
    try (Publisher publisher =
            new Publisher(
                values.get(URL),
                topic,
                values.find(TYPE),
                values.find(TOKEN),
                values.find(ID),
                values.get(RETRIES),
                surroundings,
                progress);
        InputStream in = open(values.argument(), surroundings)) {
      Summary summary = new Summary(topic, progress, surroundings);
      Thread hook = new Thread(summary::print, "summary");
      Runtime.getRuntime().addShutdownHook(hook);
      try {
        return publish(publisher, in, summary, progress);
      } finally {
        summary.print();
        remove(hook);
      }
    } catch (IOException e) {
      progress.message("Cannot read the input: " + ConnectionFailure.describe(e));
      return ExitCode.SOFTWARE;
    }
  }

  private static int publish(
      Publisher publisher, InputStream in, Summary summary, Progress progress)
      throws IOException, InterruptedException {
    LineReader lines = new LineReader(in, MAX_LINE_BYTES);
    long number = 0;
    try {
      for (Optional<byte[]> line = lines.next(); line.isPresent(); line = lines.next()) {
        number++;
        if (line.get().length > 0) {
          summary.add(publisher.publish(number, line.get()));
          progress.count(summary.events);
        }
      }
      return ExitCode.OK;
    } catch (LineReader.TooLong e) {
      progress.message(
          "Line %d is longer than %s and was not sent"
              .formatted(number + 1, SizeRange.format(MAX_LINE_BYTES)));
    } catch (CommandFailure e) {
      progress.message(e.line());
    }
    return ExitCode.SOFTWARE;
  }

  /** Removes the shutdown hook, unless the shutdown has already started. */
  private static void remove(Thread hook) {
    try {
      boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The hook runs, but the summary is already printed.
    }
  }

  private static InputStream open(Optional<String> file, CommandContext surroundings) {
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

  private static UsageFailure unreadable(String file) {
    return new UsageFailure(
        "Invalid value for FILE: '%s' cannot be read; write a file, or - for standard input"
            .formatted(PlainText.of(file)));
  }

  private static URI url(String text) {
    URI url = ServerUrl.read(text);
    if (url.getRawQuery() != null || url.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "'%s' has a query; write the address of the server, with a path if needed"
              .formatted(text));
    }
    return url;
  }

  private static String type(String text) {
    Event unused = Event.of(text, "");
    return text;
  }

  /** Leaves room for a hyphen and 19 digits within the maximum length of an id. */
  private static String idPrefix(String text) {
    if (!text.matches("[A-Za-z0-9._~-]{1,44}")) {
      throw new IllegalArgumentException(
          "'%s' is not allowed; write 1 to 44 letters, digits and . _ ~ -".formatted(text));
    }
    return text;
  }

  /** Counts the results. Updated by the publishing thread, and printed once, by any thread. */
  private static final class Summary {
    private final String topic;
    private final Progress progress;
    private final CommandContext surroundings;
    private final AtomicBoolean printed = new AtomicBoolean();

    // Volatile, since the shutdown hook reads them if a signal stops the process.
    private volatile long events;
    private volatile long publishedBefore;
    private volatile long deliveries;
    private volatile long dropped;
    private volatile int clients;

    Summary(String topic, Progress progress, CommandContext surroundings) {
      this.topic = topic;
      this.progress = progress;
      this.surroundings = surroundings;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    void add(Publisher.Published published) {
      if (published.before()) {
        publishedBefore++;
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
            ", for %d %s; the last one for %d %s"
                .formatted(
                    deliveries,
                    plural(deliveries, "delivery"),
                    clients,
                    plural(clients, "client")));
      }
      if (dropped > 0) {
        line.append(", %d dropped".formatted(dropped));
      }
      if (publishedBefore > 0) {
        line.append(", %d already published".formatted(publishedBefore));
      }
      surroundings.out().println(line);
      surroundings.out().flush();
    }

    private static String plural(long count, String word) {
      return count == 1 ? word : word.endsWith("y") ? word.replaceFirst("y$", "ies") : word + "s";
    }
  }
}
