package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventTest {

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void typeThatBreaksItsRuleIsRefused(String fact, String type, String message) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> Event.of(type, "data"));

    assertEquals(message, refusal.getMessage());
  }

  static Stream<Arguments> typeThatBreaksItsRuleIsRefused() {
    return Stream.of(
        Arguments.of("empty", "", "type is empty; leave it out for 'message'"),
        Arguments.of("an EventSource's open", "open", own("open")),
        Arguments.of("an EventSource's error", "error", own("error")),
        Arguments.of("LF", "a\nb", notOneLine("a line break", 1)),
        Arguments.of("CR", "a\rb", notOneLine("a line break", 1)),
        Arguments.of("LF at the end", "ab\n", notOneLine("a line break", 2)),
        Arguments.of("CR first", "\rab", notOneLine("a line break", 0)),
        Arguments.of("NUL", "ab\0", notOneLine("a NUL", 2)),
        Arguments.of("half a pair", "a\uD83D", halfAPair("type", 1)),
        Arguments.of("the other half", "\uDE00a", halfAPair("type", 0)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "message",
        "tick",
        "Open",
        "errors",
        " ",
        " a",
        "a b",
        "a:b",
        ":",
        "\t",
        "\uFEFF",
        "\u2028",
        "\u0085",
        "\uD83D\uDE00",
        "data"
      })
  void typeThatIsOneLineOfTextIsKept(String type) {
    assertEquals(type, Event.of(type, "data").type());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void dataWithHalfASurrogatePairIsRefused(String fact, String data, int index) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> Event.of(data));

    assertEquals(halfAPair("data", index), refusal.getMessage());
  }

  @Test
  void keyWithHalfASurrogatePairIsRefused() {
    assertEquals(
        halfAPair("key", 1),
        assertThrows(IllegalArgumentException.class, () -> Event.of("x").withKey("k\ud800"))
            .getMessage());
  }

  static Stream<Arguments> dataWithHalfASurrogatePairIsRefused() {
    return Stream.of(
        Arguments.of("high at the end", "ab\uD83D", 2),
        Arguments.of("high before a letter", "\uD83Dab", 0),
        Arguments.of("high before high", "\uD83D\uD83D\uDE00", 0),
        Arguments.of("low alone", "a\uDE00b", 1),
        Arguments.of("the last low", "a\uDFFF", 1),
        Arguments.of("the wrong way round", "\uDE00\uD83D", 0),
        Arguments.of("behind a whole pair", "\uD83D\uDE00\uDE00", 2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "\n", "\r", "\r\n", "\0", "\uFEFF", "\uD83D\uDE00", "data: x\n\n"})
  void dataMayBeAnyText(String data) {
    assertEquals(data, Event.of(data).data());
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT-0.000000001S", "PT-1H", "PT1H0.000000001S", "P1D"})
  void retryOutOfBoundsIsRefused(Duration retry) {
    var refusal =
        assertThrows(IllegalArgumentException.class, () -> Event.of("data").withRetry(retry));

    assertEquals("retry is %s; allowed is from 0 to PT1H".formatted(retry), refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT0.000000001S", "PT3S", "PT1H"})
  void retryWithinBoundsIsKept(Duration retry) {
    assertEquals(Optional.of(retry), Event.of("data").withRetry(retry).retry());
  }

  /** It is kept as long as the event, and counts for no bound on bytes. */
  @Test
  void keyHasABound() {
    String longest = "k".repeat(255);
    assertEquals(Optional.of(longest), Event.of("x").withKey(longest).key());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Event.of("x").withKey(longest + "k"));
    assertEquals("key has 256 characters; allowed are 255", e.getMessage());
  }

  @Test
  void idIsKept() {
    for (String id : List.of("1", "order-17", "aZ09._~-", "i".repeat(64))) {
      assertEquals(Optional.of(id), Event.of("x").withId(id).id());
    }
  }

  /** HTML §9.2.4: a client sends it back in a header field. */
  @Test
  void idThatNotEveryClientCanSendBackIsRefused() {
    for (String id : List.of("", "a b", "a\nb", "a:b", "ä", "i".repeat(63) + " ")) {
      assertEquals(
          "id is '%s'; allowed are 1 to 64 letters, digits and . _ ~ -".formatted(id),
          assertThrows(IllegalArgumentException.class, () -> Event.of("x").withId(id))
              .getMessage());
    }
  }

  @Test
  void idThatIsTooLongIsQuotedInPart() {
    String longest = "i".repeat(64);

    assertEquals(
        "id is '%s…'; allowed are 1 to 64 letters, digits and . _ ~ -".formatted(longest),
        assertThrows(IllegalArgumentException.class, () -> Event.of("x").withId(longest + "i"))
            .getMessage());
  }

  @Test
  void eventOfDataAloneIsAMessageWithoutRetry() {
    assertEquals(
        new Event("message", "data", Optional.empty(), Optional.empty(), Optional.empty()),
        Event.of("data"));
  }

  @Test
  void eventOfATypeHasNoRetry() {
    assertEquals(
        new Event("tick", "data", Optional.empty(), Optional.empty(), Optional.empty()),
        Event.of("tick", "data"));
  }

  @Test
  void retryLeavesTypeAndDataAlone() {
    Duration retry = Duration.ofSeconds(3);

    assertEquals(
        new Event("tick", "data", Optional.of(retry), Optional.empty(), Optional.empty()),
        Event.of("tick", "data").withRetry(retry));
  }

  private static String own(String type) {
    return "type '%s' is one of EventSource's own events; choose another name".formatted(type);
  }

  private static String notOneLine(String what, int index) {
    return "type has %s at index %d; a type is one line of text".formatted(what, index);
  }

  private static String halfAPair(String field, int index) {
    return "%s has an unpaired surrogate at index %d, which UTF-8 cannot carry"
        .formatted(field, index);
  }
}
