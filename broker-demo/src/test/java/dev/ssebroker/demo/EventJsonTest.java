package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EventJsonTest {

  /** RFC 8259 §7. */
  static Arguments[] texts() {
    return new Arguments[] {
      Arguments.of("", "\"\""),
      Arguments.of("plain / ü 🙂", "\"plain / ü 🙂\""),
      Arguments.of("\"\\", "\"\\\"\\\\\""),
      Arguments.of("\n\r\t", "\"\\n\\r\\t\""),
      Arguments.of("\u0000\b\u001b", "\"\\u0000\\u0008\\u001b\""),
      Arguments.of("\u007f\u0085\u2028\u2029", "\"\\u007f\\u0085\\u2028\\u2029\""),
      Arguments.of("a\ud800b\udc00", "\"a\\ud800b\\udc00\""),
    };
  }

  @ParameterizedTest
  @MethodSource("texts")
  void textIsQuoted(String text, String json) {
    assertEquals(json, EventJson.quote(text));
  }

  @Test
  void eventWithoutAnIdHasNull() {
    ReceivedEvent event =
        new ReceivedEvent(Instant.parse("2026-11-23T12:00:00.123456Z"), Optional.empty(), "t", "d");

    assertEquals(
        "{\"time\":\"2026-11-23T12:00:00.123Z\",\"id\":null,\"type\":\"t\",\"data\":\"d\"}",
        EventJson.line(event));
  }
}
