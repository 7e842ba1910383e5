package dev.ssebroker.demo;

import java.net.URI;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;

/** Prints a stream. */
final class SubscribeCommand implements DemoSubcommand {
  private static final Setting<URI> URL =
      Setting.of(
          "--url",
          "<url>",
          "http://localhost:3000/events",
          text -> ServerUrl.read(text, "/events"),
          "The stream; localhost:3000 will do: without a path it is /events. Topics may stand in"
              + " the query, if the server has them: localhost:3000/events?topic=news");
  private static final Setting<String> TOKEN =
      Setting.secret(
          "--token",
          "<text>",
          Token::read,
          "The server's secret for subscribers, if it wants one. Better given by the variable:"
              + " other users of the machine can read command lines.");
  private static final Setting<String> LAST_EVENT_ID =
      Setting.optional(
          "--last-event-id",
          "<id>",
          SubscribeCommand::id,
          "Begins behind this event, as far as the server's history reaches.");
  private static final Setting<Duration> SILENCE =
      Setting.of(
          "--silence",
          "<time>",
          "1m",
          new Span(Duration.ofSeconds(1), Duration.ofHours(24))::read,
          "A server that says nothing for so long, not even a heartbeat, is taken for lost; from"
              + " 1s to 24h.");
  private static final Setting<Integer> COUNT =
      Setting.optional(
          "--count",
          "<number>",
          new NumberRange(1, Integer.MAX_VALUE)::read,
          "Ends after so many events; gap notices are none.");
  private static final Setting<Boolean> JSON =
      Setting.toggle("--json", "Prints one JSON object a line: time, id (or null), type and data.");
  private static final Setting<Colour> COLOUR =
      Setting.of(
          "--colour",
          "<when>",
          "auto",
          Colour::read,
          "auto, always or never; auto is on a terminal, unless NO_COLOR is set.");

  @Override
  public CommandSpec describe() {
    return new HelpPage(
            "subscribe [OPTIONS]",
            "",
            "Prints the events of a stream as they come: time, type and data. A stream that",
            "is lost is taken up again behind the last event. What is missing all the same",
            "is said. What becomes of the connection is said on standard error.")
        .group("Server", List.of(URL, TOKEN, LAST_EVENT_ID, SILENCE))
        .group("Printing", List.of(COUNT, JSON, COLOUR))
        .footer(
            "Examples",
            "  java -jar broker-demo.jar subscribe",
            "  java -jar broker-demo.jar subscribe --url localhost:3000 --count 3",
            "  java -jar broker-demo.jar subscribe --json | jq -r .data",
            "  java -jar broker-demo.jar subscribe --url https://sse.example/news |",
            "      java -jar broker-demo.jar publish --topic copy",
            "      the lines that it prints, published elsewhere")
        .exitCode(
            0, "--count is reached, the server has no more (204), or standard output is closed")
        .exitCode(1, "the server does not give the stream")
        .exitCode(2, "the command line, or a variable, is wrong")
        .exitCode(130, "stopped by Ctrl-C")
        .spec();
  }

  @Override
  public int run(Given given, Surroundings surroundings) throws InterruptedException {
    Colour colour = given.get(COLOUR);
    Function<ReceivedEvent, String> format =
        given.get(JSON)
            ? EventJson::line
            : new EventText(colour.isOn(surroundings), ZoneId.systemDefault())::lines;
    Subscriber subscriber =
        new Subscriber(
            given.get(URL),
            given.find(LAST_EVENT_ID),
            given.find(TOKEN),
            given.find(COUNT).map(Integer::longValue).orElse(Long.MAX_VALUE),
            given.get(SILENCE),
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
          "'%s' is not an id; allowed is one or more characters, no control characters"
              .formatted(Plain.text(text)));
    }
    return text;
  }

  /** When colours are used. */
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

    /** NO_COLOR counts if it is not empty, whatever it says (no-color.org). */
    boolean isOn(Surroundings surroundings) {
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
