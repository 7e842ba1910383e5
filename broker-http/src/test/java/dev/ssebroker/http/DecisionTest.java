package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The decisions that a handler can make, and those that are refused. */
class DecisionTest {
  private static final Decision.Answer PAGE = Decision.answer("text/plain", "a page");

  /** RFC 9110 §5.1: names of fields are not case-sensitive. */
  @Test
  void fieldIsReplacedInAnyCase() {
    assertEquals(
        Map.of("x-a", "2", "X-B", "3"),
        PAGE.with("X-A", "1").with("X-B", "3").with("x-a", "2").fields());
  }

  @Test
  void fieldsKeepTheirOrder() {
    List<String> names = List.of("Link", "Age", "Server", "ETag", "Vary", "Expires", "Via", "From");
    Decision.Answer answer = PAGE;
    for (String name : names) {
      answer = answer.with(name, "b");
    }
    assertEquals(names, List.copyOf(answer.fields().keySet()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:", "ä", "content-LENGTH", "Transfer-Encoding", "Date"})
  void fieldThatIsNotATokenOrThatTheServerWritesIsRefused(String name) {
    assertRefused("field '" + name + "': allowed is a token, and not one of [", name, "b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "b\r\nc: d", "b\n", "\0", "\t", "\u001f", "ä", "\u007f"})
  void invalidValueIsRefused(String value) {
    assertRefused("field a is '" + value + "'; allowed are visible ASCII", "a", value);
  }

  private static void assertRefused(String beginning, String name, String value) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> PAGE.with(name, value));
    assertEquals(beginning, String.valueOf(e.getMessage()).substring(0, beginning.length()));
  }

  @Test
  void invalidContentTypeIsRefused() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Decision.answer("a\r\nb", ""));
    assertEquals(
        "contentType is 'a\r\nb'; allowed are visible ASCII characters and spaces", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 199, 600})
  void statusThatNoAnswerHasIsRefused(int status) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Decision.Answer(status, "text/plain", "", Map.of()));
    assertEquals("status is " + status + "; allowed is from 200 to 599", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 399, 600})
  void statusThatNoRefusalHasIsRefused(int status) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Decision.refuse(status));
    assertEquals("status is " + status + "; allowed is from 400 to 599", e.getMessage());
  }

  /** RFC 9110 §15.3.5 and §15.4.5. */
  @ParameterizedTest
  @ValueSource(ints = {204, 304})
  void bodyOfAStatusWithoutOneIsRefused(int status) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Decision.Answer(status, "text/plain", "x", Map.of()));
    assertEquals("body: allowed is none for a status of 204 or 304", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"400, 400 Bad Request", "503, 503 Service Unavailable", "599, '599 '"})
  void refusalNamesItsStatus(int status, String body) {
    Decision.Answer answer = Decision.refuse(status);
    assertEquals(status, answer.status());
    assertEquals(body + "\n", answer.body());
  }

  @Test
  void statusesAtTheBoundsAreAllowed() {
    assertEquals(200, Decision.Answer.empty(200).status());
    assertEquals(599, Decision.Answer.empty(599).status());
    assertEquals(400, Decision.refuse(400).status());
    assertEquals("", Decision.Answer.empty(204).body());
    assertEquals("", Decision.Answer.empty(304).body());
  }

  @Test
  void answerHasStatus200AndItsTextAsUtf8() {
    Decision.Answer answer = Decision.answer("text/html", "ü");

    assertEquals(new Decision.Answer(200, "text/html", "ü", Map.of()), answer);
    assertArrayEquals("ü".getBytes(StandardCharsets.UTF_8), answer.bodyBytes());
  }

  @Test
  void fieldIsAddedToAnAnswerThatStaysAsItWas() {
    assertEquals(Map.of("A", " ~"), PAGE.with("A", " ~").fields());
    assertEquals(Map.of(), PAGE.fields());
  }

  @Test
  void streamHasItsTopics() {
    assertEquals(List.of("a", "b/*"), Decision.stream("a", "b/*").topics());
  }
}
