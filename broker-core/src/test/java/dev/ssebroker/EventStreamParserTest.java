package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.EventStreamParser.Dispatched;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples that HTML §9.2.6 gives itself: the parser is what the encoder is judged by. */
class EventStreamParserTest {

  @Test
  void dataLinesAreJoinedWithLf() throws Exception {
    assertEquals(
        List.of(new Dispatched("message", "YHOO\n+2\n10", "")),
        parse("data: YHOO\ndata: +2\ndata: 10\n\n").events());
  }

  @Test
  void emptyIdResetsTheIdAndAnUnfinishedEventIsDropped() throws Exception {
    EventStreamParser parser =
        parse(
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
                + "data:  third event");

    assertEquals(List.of(" test stream"), parser.comments());
    assertEquals(
        List.of(
            new Dispatched("message", "first event", "1"),
            new Dispatched("message", "second event", "")),
        parser.events());
  }

  @Test
  void emptyDataIsAnEvent() throws Exception {
    assertEquals(
        List.of(new Dispatched("message", "", ""), new Dispatched("message", "\n", "")),
        parse("data\n\ndata\ndata\n\ndata:").events());
  }

  @Test
  void oneSpaceBehindTheColonIsIgnored() throws Exception {
    assertEquals(
        List.of(new Dispatched("message", "test", ""), new Dispatched("message", "test", "")),
        parse("data:test\n\ndata: test\n\n").events());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n"})
  void anyLineEndEndsALine(String end) throws Exception {
    assertEquals(
        List.of(new Dispatched("t", "a", "7"), new Dispatched("message", "b", "7")),
        parse("\uFEFFevent: t%1$sid: 7%1$sdata: a%1$s%1$sdata: b%1$s%1$s".formatted(end)).events());
  }

  @Test
  void eventWithoutDataIsDropped() throws Exception {
    assertEquals(
        List.of(new Dispatched("message", "a", "")), parse("event: t\n\ndata: a\n\n").events());
  }

  @Test
  void retryIsDigitsOnly() throws Exception {
    assertEquals("250", parse("retry: 250\nretry: 1e3\nretry:\nretry: -1\n").reconnectionTime());
  }

  @Test
  void idWithNulIsIgnored() throws Exception {
    assertEquals(
        List.of(new Dispatched("message", "a", "1")),
        parse("id: 1\nid: 2\0\ndata: a\n\n").events());
  }

  private static EventStreamParser parse(String stream) throws CharacterCodingException {
    return EventStreamParser.parse(stream.getBytes(UTF_8));
  }
}
