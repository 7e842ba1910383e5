package dev.ssebroker.demo;

import java.net.URI;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;

/** Prints the events of a stream. */
final class SubscribeCommand implements DemoSubcommand {
  private static final Setting<URI> URL =
      Setting.of(
          "--url",
          "<url>",
          "http://localhost:3000/events",
          text -> ServerUrl.read(text, "/events"),
          "The stream, such as localhost:3000; the default path is /events. If the server supports"
              + " it, the query can name topics: localhost:3000/events?topic=news");
  private static final Setting<String> TOKEN =
      Setting.secret(
          "--token",
          "<text>",
          Token::read,
          "The server's token for subscribers, if it requires one. Prefer the variable: other"
              + " users of this machine can read command lines.");
  private static final Setting<String> LAST_EVENT_ID =
      Setting.optional(
          "--last-event-id",
          "<id>",
          SubscribeCommand::id,
          "Starts after this event, if the server's history reaches back that far.");
  private static final Setting<Duration> SILENCE =
      Setting.of(
          "--silence",
          "<time>",
          "1m",
          new DurationRange(Duration.ofSeconds(1), Duration.ofHours(24))::read,
          "Reconnects if the server sends nothing for this long, not even a heartbeat; from 1s to"
              + " 24h.");
  private static final Setting<Integer> COUNT =
      Setting.optional(
          "--count",
          "<number>",
          new NumberRange(1, Integer.MAX_VALUE)::read,
          "Exits after this number of events. Gap notices do not count.");
  private static final Setting<Boolean> JSON =
      Setting.toggle(
          "--json", "Prints one JSON object per line: time, id (or null), type and data.");
  private static final Setting<Colour> COLOUR =
      Setting.of(
          "--colour",
          "<when>",
          "auto",
          Colour::read,
          "auto, always or never; auto means on a terminal, unless NO_COLOR is set.");

  @Override
  public CommandSpec describe() {
    return new HelpPage(
            "subscribe [OPTIONS]",
            "",
            "Prints the events of a stream as they arrive: time, type and data. If the",
            "connection is lost, reconnects and resumes after the last event. Prints gap",
            "notices for lost events. Reports the connection on standard error.")
        .group("Server", List.of(URL, TOKEN, LAST_EVENT_ID, SILENCE))
        .group("Printing", List.of(COUNT, JSON, COLOUR))
        .footer(
            "Examples",
            "  java -jar broker-demo.jar subscribe",
            "  java -jar broker-demo.jar subscribe --url localhost:3000 --count 3",
            "  java -jar broker-demo.jar subscribe --json | jq -r .data",
            "  java -jar broker-demo.jar subscribe --url https://sse.example/news |",
            "      java -jar broker-demo.jar publish --topic copy",
            "      publishes the printed lines to another server")
        .exitCode(
            0, "--count was reached, the server has no more events (204), or the output is closed")
        .exitCode(1, "the server refuses the stream")
        .exitCode(2, "the command line or a variable is invalid")
        .exitCode(130, "stopped by Ctrl-C")
        .spec();
  }

  @Override
  public int run(SettingValues values, CommandContext surroundings) throws InterruptedException {
    Colour colour = values.get(COLOUR);
    Function<ReceivedEvent, String> format =
        values.get(JSON)
            ? EventJson::line
            : new EventText(colour.isOn(surroundings), ZoneId.systemDefault())::lines;
    Subscriber subscriber =
        new Subscriber(
            values.get(URL),
            values.find(LAST_EVENT_ID),
            values.find(TOKEN),
            values.find(COUNT).map(Integer::longValue).orElse(Long.MAX_VALUE),
            values.get(SILENCE),
            format,
            surroundings);
    try {
      subscriber.run();
      return ExitCode.OK;
    } catch (CommandFailure e) {
      surroundings.err().println(e.line());
      return ExitCode.SOFTWARE;
    }
  }

  private static String id(String text) {
    if (text.isEmpty() || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "'%s' is not an id; write one or more characters, no control characters"
              .formatted(PlainText.of(text)));
    }
    return text;
  }

  /** When to use colours. */
  private enum Colour {
    AUTO,
    ALWAYS,
    NEVER;

    static Colour read(String text) {
      return switch (text) {
        case "auto" -> AUTO;
        case "always" -> ALWAYS;
        case "never" -> NEVER;
        default ->
            throw new IllegalArgumentException(
                "'%s' is not allowed; write auto, always or never".formatted(text));
      };
    }

    /** NO_COLOR disables colours if it is not empty, whatever its value (no-color.org). */
    boolean isOn(CommandContext surroundings) {
      Map<String, String> environment = surroundings.environment();
      return switch (this) {
        case ALWAYS -> true;
        case NEVER -> false;
        case AUTO ->
            surroundings.outIsTerminal() && environment.getOrDefault("NO_COLOR", "").isEmpty();
      };
    }
  }
}
