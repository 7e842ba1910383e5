package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicNameTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "ticker",
        "news/sport",
        "a/b/c/d",
        "A-Z_0.9~",
        "a:b",
        "+",
        "#",
        "a?b=c&d",
        "..",
        "übung",
        "\uD83D\uDE00"
      })
  void nameOfVisibleCharactersIsAllowed(String name) {
    assertEquals(name, TopicName.check(name));
  }

  @Test
  void longestNameIsAllowed() {
    String name = "x".repeat(255);

    assertEquals(name, TopicName.check(name));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource
  void nameThatBreaksTheRuleIsRefused(String name, String message) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> TopicName.check(name));

    assertEquals(message, refusal.getMessage());
  }

  static Stream<Arguments> nameThatBreaksTheRuleIsRefused() {
    return Stream.of(
        Arguments.of("", "topic is empty"),
        Arguments.of("x".repeat(256), "topic has 256 characters; allowed are 255"),
        Arguments.of("/", "topic '/' has an empty segment at index 0"),
        Arguments.of("/a", "topic '/a' has an empty segment at index 0"),
        Arguments.of("a//b", "topic 'a//b' has an empty segment at index 2"),
        Arguments.of("a/", "topic 'a/' ends with a slash"),
        Arguments.of("a b", character("0020", 1)),
        Arguments.of("\ta", character("0009", 0)),
        Arguments.of("a\nb", character("000A", 1)),
        Arguments.of("a\r", character("000D", 1)),
        Arguments.of("a\0", character("0000", 1)),
        Arguments.of("a\u001f", character("001F", 1)),
        Arguments.of("a\u007f", character("007F", 1)),
        Arguments.of("a\u0085", character("0085", 1)),
        Arguments.of("a\u00a0", character("00A0", 1)),
        Arguments.of("a\u2028b", character("2028", 1)),
        Arguments.of("a\ud83d", character("D83D", 1)),
        Arguments.of("\ude00a", character("DE00", 0)),
        Arguments.of("*", star("*", 0)),
        Arguments.of("news/*", star("news/*", 5)));
  }

  private static String character(String hex, int index) {
    return "topic has the character U+%s at index %d; spaces and controls are not allowed"
        .formatted(hex, index);
  }

  private static String star(String name, int index) {
    return "topic '%s' has a '*' at index %d; that is for subscriptions only"
        .formatted(name, index);
  }
}
