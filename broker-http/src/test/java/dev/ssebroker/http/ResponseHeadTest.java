package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseHeadTest {
  private static String text(ResponseHead head) {
    return new String(head.toBytes(), StandardCharsets.US_ASCII);
  }

  @Test
  void headIsAStatusLineAndFieldsAndAnEmptyLine() {
    String kept = text(new ResponseHead(404, false).field("A", "b").field("C", "d"));
    assertTrue(
        kept.matches("HTTP/1\\.1 404 Not Found\r\nDate: [^\r\n]+\r\nA: b\r\nC: d\r\n\r\n"), kept);
    assertFalse(kept.contains("Connection"), kept);

    String last = text(new ResponseHead(200, true));
    assertTrue(
        last.matches("HTTP/1\\.1 200 OK\r\nDate: [^\r\n]+\r\nConnection: close\r\n\r\n"), last);
  }

  @Test
  void headOfAnAnswerHasItsTypeAndLength() {
    Decision.Answer answer = Decision.answer("text/css", "ü").with("A", "b");
    ResponseHead kept = ResponseHead.of(answer, false);
    assertTrue(text(kept).startsWith("HTTP/1.1 200 OK\r\nDate: "));
    assertEquals(
        """
        Content-Length: 2
        Content-Type: text/css
        X-Content-Type-Options: nosniff
        Cache-Control: no-store
        A: b

        """,
        afterDate(kept));
    String last = afterDate(ResponseHead.of(answer, true));
    assertTrue(last.startsWith("Connection: close\nContent-Length: "), last);
  }

  @Test
  void cacheControlOfAnAnswerIsKept() {
    Decision.Answer answer = Decision.answer("text/css", "").with("cache-control", "max-age=9");
    assertEquals(
        """
        Content-Length: 0
        Content-Type: text/css
        X-Content-Type-Options: nosniff
        cache-control: max-age=9

        """,
        afterDate(ResponseHead.of(answer, false)));
  }

  /** RFC 9110 §8.6. */
  @ParameterizedTest
  @ValueSource(ints = {204, 304})
  void answerWithoutABodyHasNoTypeAndNoLength(int status) {
    assertEquals(
        """
        X-Content-Type-Options: nosniff
        Cache-Control: no-store

        """,
        afterDate(ResponseHead.of(Decision.answer(status), false)));
  }

  /** RFC 6265 §3: each cookie has a field of its own. */
  @Test
  void eachValueOfAFieldHasItsLine() {
    Decision.Answer answer =
        Decision.answer(205).withAdded("Set-Cookie", "a=1").withAdded("Set-Cookie", "b=2");
    assertEquals(
        """
        Content-Length: 0
        Content-Type: text/plain;charset=utf-8
        X-Content-Type-Options: nosniff
        Cache-Control: no-store
        Set-Cookie: a=1
        Set-Cookie: b=2

        """,
        afterDate(ResponseHead.of(answer, false)));
  }

  private static String afterDate(ResponseHead head) {
    return text(head).replaceFirst("(?s)^.*?\r\nDate: [^\r]+\r\n", "").replace("\r\n", "\n");
  }

  /** RFC 9112 §4: the space stays. */
  @Test
  void statusWithoutAReasonHasAnEmptyOne() {
    assertEquals("", ResponseHead.reason(599));
    assertTrue(text(new ResponseHead(599, false)).startsWith("HTTP/1.1 599 \r\n"));
  }

  /** RFC 9110 §5.6.7: of fixed length, in GMT. */
  @Test
  void dateIsTheCurrentTime() {
    Instant before = Instant.now();
    String head = text(new ResponseHead(200, false));
    String date = head.substring(head.indexOf("Date: ") + 6, head.indexOf("\r\n\r\n"));

    assertEquals(29, date.length(), date);
    Instant said = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    assertTrue(Duration.between(said, before).compareTo(Duration.ofSeconds(1)) < 0, date);
    assertFalse(said.isAfter(Instant.now()), date);
  }

  @Test
  void errorIsOneLineOfPlainText() {
    assertEquals(
        Decision.answer("text/plain;charset=utf-8", "400 no such thing\n").withStatus(400),
        ResponseHead.error(400, "no such thing"));
  }
}
