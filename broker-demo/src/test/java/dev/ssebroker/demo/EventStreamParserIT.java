package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The parser of the browser client against the standard (HTML §9.2.5, §9.2.6). */
@Timeout(120)
class EventStreamParserIT extends ClientPage {
  /** A stream and its expected reading: type, data and id of each event; last id; retry. */
  private record Row(String stream, String expected) {}

  private static final List<Row> GRAMMAR =
      List.of(
          // §9.2.6, the examples
          new Row(
              "data: YHOO\ndata: +2\ndata: 10\n\n",
              "[[\"message\",\"YHOO\\n+2\\n10\",\"\"]] \"\" null"),
          new Row(
              ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
              "[[\"message\",\"first event\",\"1\"],[\"message\",\"second event\",\"\"]] \"\" null"),
          new Row(
              "data\n\ndata\ndata\n\ndata:",
              "[[\"message\",\"\",\"\"],[\"message\",\"\\n\",\"\"]] \"\" null"),
          new Row(
              "data:test\n\ndata: test\n\n",
              "[[\"message\",\"test\",\"\"],[\"message\",\"test\",\"\"]] \"\" null"),
          // §9.2.5, line ends and the byte order mark
          new Row(
              "data: a\rdata: b\r\rdata: c\r\ndata: d\r\n\r\ndata: e\n\n",
              "[[\"message\",\"a\\nb\",\"\"],[\"message\",\"c\\nd\",\"\"],[\"message\",\"e\",\"\"]] \"\" null"),
          new Row(
              "data: a\r\n\rdata: b\n\r\n",
              "[[\"message\",\"a\",\"\"],[\"message\",\"b\",\"\"]] \"\" null"),
          new Row("\ufeffdata: a\n\n", "[[\"message\",\"a\",\"\"]] \"\" null"),
          new Row("\ufeff\ufeffdata: a\n\ndata: b\n\n", "[[\"message\",\"b\",\"\"]] \"\" null"),
          new Row(
              "data: ü€😀\u2028\ufeff\n\n", "[[\"message\",\"ü€😀\u2028\ufeff\",\"\"]] \"\" null"),
          // §9.2.6, fields
          new Row(
              "event: a\ndata: 1\n\ndata: 2\n\nevent: b\n\ndata: 3\n\n",
              "[[\"a\",\"1\",\"\"],[\"message\",\"2\",\"\"],[\"message\",\"3\",\"\"]] \"\" null"),
          new Row(
              "event: a\nevent:\ndata: 1\n\nDATA: 2\n\n data: 3\n\ndata : 4\n\n",
              "[[\"message\",\"1\",\"\"]] \"\" null"),
          new Row(
              "id: 1\ndata: a\n\ndata: b\n\nid: 2\u0000\ndata: c\n\nid: 3\n\nid: 4\n",
              "[[\"message\",\"a\",\"1\"],[\"message\",\"b\",\"1\"],[\"message\",\"c\",\"1\"]] \"3\" null"),
          new Row("retry: 1000\nretry: 5s\nretry: -1\nretry:\n", "[] \"\" 1000"),
          new Row("retry: 0100\n:retry: 1\nretry: \u0661\n", "[] \"\" 100"),
          new Row("data: {\"a\": 1}\n\n", "[[\"message\",\"{\\\"a\\\": 1}\",\"\"]] \"\" null"));

  @Test
  void streamIsParsedAsSpecifiedWhereverItIsSplit() throws Exception {
    openPage(server(broker()));
    assertAll(
        GRAMMAR.stream()
            .map(row -> () -> assertEquals(List.of(row.expected()), readings(row.stream()))));
  }

  /** Returns the distinct results for all ways to split a stream; there must be only one. */
  private @Nullable Object readings(String stream) {
    byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
    List<Integer> unsigned =
        IntStream.range(0, bytes.length).mapToObj(i -> Byte.toUnsignedInt(bytes[i])).toList();
    return run(
        """
        const bytes = Uint8Array.from(arguments[0]);
        const read = chunks => {
          const parser = new EventStreamParser();
          const events = chunks.flatMap(chunk => parser.feed(chunk)).map(e => [e.type, e.data, e.lastEventId]);
          return [events, parser.lastEventId, parser.retry].map(part => JSON.stringify(part)).join(' ');
        };
        const readings = new Set([read([...bytes].map(byte => Uint8Array.of(byte)))]);
        for (let i = 0; i <= bytes.length; i++) {
          readings.add(read([bytes.subarray(0, i), bytes.subarray(i)]));
        }
        return [...readings];
        """,
        unsigned);
  }
}
