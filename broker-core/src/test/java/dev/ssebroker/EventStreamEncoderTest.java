package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.EventStreamParser.Dispatched;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class EventStreamEncoderTest {
  private static final String SYNTAX = "9.2.5";
  private static final String MEANING = "9.2.6";

  /** What the format gives a meaning to, what other formats take for a line end, and some text. */
  private static final String[] NASTY = {
    "\n",
    "\n",
    "\r",
    "\r",
    "\r\n",
    " ",
    ":",
    "\0",
    "\uFEFF",
    "\u2028",
    "\u2029",
    "\u0085",
    "\u000B",
    "\u000C",
    "\t",
    "\uD83D\uDE00",
    "\u00e9",
    "a",
    "data: ",
    "data:",
    "event: x",
    "id: 1",
    "retry: 1"
  };

  @ParameterizedTest(name = "{0} (HTML §{1})")
  @MethodSource
  void eventHasExactlyTheseBytes(String fact, String section, Event event, byte[] expected) {
    byte[] actual = encode(event);

    assertEquals(new String(expected, UTF_8), new String(actual, UTF_8));
    assertArrayEquals(expected, actual);
  }

  static Stream<Arguments> eventHasExactlyTheseBytes() {
    return Stream.of(
        row("one line", SYNTAX, "hello", "data: hello\n\n"),
        row("empty data is an event", MEANING, "", "data: \n\n"),
        row("one leading space is kept", MEANING, " a", "data:  a\n\n"),
        row("a space alone is kept", MEANING, " ", "data:  \n\n"),
        row("a leading colon is text", MEANING, ":a", "data: :a\n\n"),
        row("a field name is text", MEANING, "id: 1", "data: id: 1\n\n"),
        row("LF", SYNTAX, "a\nb", "data: a\ndata: b\n\n"),
        row("CR", SYNTAX, "a\rb", "data: a\ndata: b\n\n"),
        row("CRLF is one line end", SYNTAX, "a\r\nb", "data: a\ndata: b\n\n"),
        row("LFCR is two line ends", SYNTAX, "a\n\rb", "data: a\ndata: \ndata: b\n\n"),
        row("CRCRLF is two line ends", SYNTAX, "a\r\r\nb", "data: a\ndata: \ndata: b\n\n"),
        row("a blank line does not dispatch", MEANING, "a\n\nb", "data: a\ndata: \ndata: b\n\n"),
        row("a trailing line break is kept", MEANING, "a\n", "data: a\ndata: \n\n"),
        row("two trailing line breaks", MEANING, "a\n\n", "data: a\ndata: \ndata: \n\n"),
        row("CR at the end", MEANING, "a\r", "data: a\ndata: \n\n"),
        row("CRLF at the end", MEANING, "a\r\n", "data: a\ndata: \n\n"),
        row("a leading line break", MEANING, "\na", "data: \ndata: a\n\n"),
        row("a line break alone", MEANING, "\n", "data: \ndata: \n\n"),
        row("a space behind a line break", MEANING, "a\n b", "data: a\ndata:  b\n\n"),
        row("NUL in data is text", SYNTAX, "a\0b", "data: a\0b\n\n"),
        row("BOM in data is text", SYNTAX, "\uFEFFa", "data: \uFEFFa\n\n"),
        row("a pair is four bytes", SYNTAX, "\uD83D\uDE00", "data: \uD83D\uDE00\n\n"),
        row("U+2028 is no line end", SYNTAX, "a\u2028b", "data: a\u2028b\n\n"),
        row("U+0085 is no line end", SYNTAX, "a\u0085b", "data: a\u0085b\n\n"),
        row("VT and FF are no line ends", SYNTAX, "a\u000B\u000Cb", "data: a\u000B\u000Cb\n\n"),
        row("a type", MEANING, Event.of("tick", "a"), "event: tick\ndata: a\n\n"),
        row("message is left out", MEANING, Event.of("message", "a"), "data: a\n\n"),
        row("Message is another", MEANING, Event.of("Message", "a"), "event: Message\ndata: a\n\n"),
        row("a leading space in a type", MEANING, Event.of(" t", ""), "event:  t\ndata: \n\n"),
        row("a colon in a type", MEANING, Event.of(":t", ""), "event: :t\ndata: \n\n"),
        row("BOM in a type", SYNTAX, Event.of("\uFEFFt", ""), "event: \uFEFFt\ndata: \n\n"),
        row("retry is in milliseconds", MEANING, retry("PT3S"), "retry: 3000\ndata: a\n\n"),
        row("retry of 0", MEANING, retry("PT0S"), "retry: 0\ndata: a\n\n"),
        row("the longest retry", MEANING, retry("PT1H"), "retry: 3600000\ndata: a\n\n"),
        row("retry is cut to a whole", MEANING, retry("PT0.0019S"), "retry: 1\ndata: a\n\n"),
        row(
            "all at once",
            MEANING,
            Event.of("tick", "a\nb").withRetry(Duration.ofMillis(5)),
            "event: tick\nretry: 5\ndata: a\ndata: b\n\n"));
  }

  private static Arguments row(String fact, String section, String data, String expected) {
    return row(fact, section, Event.of(data), expected);
  }

  private static Arguments row(String fact, String section, Event event, String expected) {
    return Arguments.of(fact, section, event, expected.getBytes(UTF_8));
  }

  private static Event retry(String duration) {
    return Event.of("a").withRetry(Duration.parse(duration));
  }

  /** §9.2.5: a comment is a line that begins with a colon. */
  @Test
  void commentIsInvisible() throws Exception {
    byte[] comment = Frames.bytes(EventStreamEncoder.comment());

    assertEquals(":\n\n", new String(comment, UTF_8));
    assertEquals(List.of(), EventStreamParser.parse(comment).events());
  }

  @ParameterizedTest
  @CsvSource({"-1, null", "0, 0", "1, 1", "1234567890123, 1234567890123"})
  void gapNoticeSaysHowManyEventsAreMissingAndWhy(long missed, String count) {
    byte[] notice = EventStreamEncoder.gap(missed, GapReason.UNKNOWN_ID);

    assertEquals(
        "event: gap\ndata: {\"missed\":%s,\"reason\":\"unknown-id\"}\n\n".formatted(count),
        new String(notice, UTF_8));
  }

  @Test
  void anyEventsComeOutOfTheStreamAsTheyWentIn() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(Frames.bytes(EventStreamEncoder.comment()));
    List<Dispatched> expected = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      Event event = Event.of(random.nextBoolean() ? "message" : type(random), text(random));
      stream.writeBytes(encode(event));
      expected.add(new Dispatched(event.type(), withLf(event.data()), ""));
    }

    EventStreamParser parser = EventStreamParser.parse(stream.toByteArray());

    assertEquals(expected.size(), parser.events().size(), () -> "seed " + seed);
    for (int i = 0; i < expected.size(); i++) {
      int at = i;
      assertEquals(
          expected.get(i), parser.events().get(i), () -> "event " + at + " of seed " + seed);
    }
    assertEquals(List.of(""), parser.comments(), () -> "seed " + seed);
    assertEquals("", parser.reconnectionTime(), () -> "seed " + seed);
  }

  private static byte[] encode(Event event) {
    byte[] noIds = EventStreamEncoder.idPrefix("");
    Frame frame = EventStreamEncoder.encode("topic", event, noIds);
    frame.complete(noIds, 1, 0);
    return Frames.bytes(frame);
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(NASTY[random.nextInt(NASTY.length)]);
    }
    return text.toString();
  }

  private static String type(Random random) {
    return "t" + text(random).replaceAll("[\r\n\0]", "-");
  }

  private static String withLf(String text) {
    return text.replace("\r\n", "\n").replace('\r', '\n');
  }
}
