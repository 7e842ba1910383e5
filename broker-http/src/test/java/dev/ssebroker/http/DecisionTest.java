package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The decisions that a handler can make, and those that are refused. */
class DecisionTest {
  private static final Decision.Answer PAGE = Decision.answer("text/plain", "a page");

  /** RFC 9110 §5.1: names of fields are not case-sensitive. */
  @Test
  void fieldIsReplacedInAnyCase() {
    Decision.Answer answer =
        PAGE.with("X-A", "1").withAdded("X-a", "1").with("X-B", "3").with("x-a", "2");

    assertEquals(List.of("X-B: 3", "x-a: 2"), lines(answer));
  }

  /** RFC 6265 §3: a list of cookies in one field would be one cookie. */
  @Test
  void fieldIsAddedBesideThoseOfItsName() {
    Decision.Answer answer =
        PAGE.with("Set-Cookie", "a=1").with("X", "y").withAdded("set-cookie", "b=2");

    assertEquals(List.of("a=1", "b=2"), answer.headers().all("SET-COOKIE"));
    assertEquals(List.of("Set-Cookie: a=1", "X: y", "set-cookie: b=2"), lines(answer));
  }

  private static List<String> lines(Decision.Answer answer) {
    List<String> lines = new ArrayList<>();
    answer.headers().forEach((name, value) -> lines.add(name + ": " + value));
    return lines;
  }

  @Test
  void fieldsKeepTheirOrder() {
    List<String> names = List.of("Link", "Age", "Server", "ETag", "Vary", "Expires", "Via", "From");
    Decision.Answer answer = PAGE;
    for (String name : names) {
      answer = answer.with(name, "b");
    }
    assertEquals(names.stream().map(name -> name + ": b").toList(), lines(answer));
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
    for (Executable addition :
        List.<Executable>of(() -> PAGE.with(name, value), () -> PAGE.withAdded(name, value))) {
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, addition);
      assertEquals(beginning, String.valueOf(e.getMessage()).substring(0, beginning.length()));
    }
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
        assertThrows(IllegalArgumentException.class, () -> Decision.answer(status));
    assertEquals("status is " + status + "; allowed is from 200 to 599", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 399, 600})
  void statusThatNoRefusalHasIsRefused(int status) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Decision.refuse(status));
    assertEquals("status is " + status + "; allowed is from 400 to 599", e.getMessage());
  }

  /** RFC 9110 §15.3.5, §15.3.6 and §15.4.5. */
  @ParameterizedTest
  @ValueSource(ints = {204, 205, 304})
  void bodyOfAStatusWithoutOneIsRefused(int status) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Decision.answer("text/plain", "x").withStatus(status));
    assertEquals("body: allowed is none for a status of " + status, e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"400, 400 Bad Request", "503, 503 Service Unavailable", "599, '599 '"})
  void refusalNamesItsStatus(int status, String body) {
    Decision.Answer answer = Decision.refuse(status);
    assertEquals(status, answer.status());
    assertEquals(body + "\n", answer.text());
  }

  @Test
  void statusesAtTheBoundsAreAllowed() {
    assertEquals(200, Decision.answer(200).status());
    assertEquals(599, Decision.answer(599).status());
    assertEquals(400, Decision.refuse(400).status());
    assertEquals("", Decision.answer(204).text());
    assertEquals("", Decision.answer(304).text());
  }

  @Test
  void answerHasStatus200AndItsTextAsUtf8() {
    Decision.Answer answer = Decision.answer("text/html", "ü");

    assertEquals(200, answer.status());
    assertEquals("ü", answer.text());
    assertArrayEquals("ü".getBytes(UTF_8), answer.body());
  }

  @Test
  void bytesOfAnAnswerNeverChange() {
    byte[] bytes = {1, 2, 3};
    Decision.Answer answer = Decision.answer("image/png", bytes);
    bytes[0] = 9;
    answer.body()[1] = 9;

    assertArrayEquals(new byte[] {1, 2, 3}, answer.withStatus(201).body());
  }

  @Test
  void answersWithEqualPartsAreEqual() {
    Decision.Answer answer = Decision.answer("text/plain", "a page".getBytes(UTF_8));
    assertEquals(PAGE, answer);
    assertEquals(PAGE.hashCode(), answer.hashCode());
    assertEquals(PAGE.with("A", "b"), answer.with("A", "b"));
    assertEquals(PAGE.with("A", "b").hashCode(), answer.with("A", "b").hashCode());
    for (Decision.Answer other :
        List.of(
            Decision.answer("text/plain", "a Page"),
            Decision.answer("text/html", "a page"),
            PAGE.withStatus(201),
            PAGE.with("A", "b"))) {
      assertNotEquals(PAGE, other);
    }
  }

  /** Bodies and cookies may be secret, and answers end up in logs. */
  @Test
  void answerIsDescribedWithoutItsContent() {
    assertEquals(
        "Answer[200, text/plain, 6 bytes]", PAGE.with("Set-Cookie", "a=secret").toString());
  }

  @Test
  void fieldIsAddedToAnAnswerThatStaysAsItWas() {
    assertEquals(List.of("A:  ~"), lines(PAGE.with("A", " ~")));
    assertEquals(List.of(), lines(PAGE));
  }

  @Test
  void streamHasItsTopics() {
    assertEquals(List.of("a", "b/*"), Decision.stream("a", "b/*").topics());
  }
}
