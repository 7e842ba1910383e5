package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicFilterTest {
  @ParameterizedTest
  @CsvSource({
    "news,        news,         true",
    "news,        new,          false",
    "news,        newss,        false",
    "news,        news/sport,   false",
    "news/sport,  news/sport,   true",
    "news/sport,  news,         false",
    "news/sport,  sport/news,   false",
    "*,           news,         true",
    "*,           news/sport,   false",
    "news/*,      news/sport,   true",
    "news/*,      news,         false",
    "news/*,      news/a/b,     false",
    "news/*,      old/sport,    false",
    "*/sport,     news/sport,   true",
    "*/sport,     news/a/sport, false",
    "*/sport,     sport,        false",
    "*/*,         news/sport,   true",
    "*/*,         news,         false",
    "*/*,         a/b/c,        false",
    "a/*/c,       a/b/c,        true",
    "a/*/c,       a/c,          false",
    "a/*/c,       a/b/b/c,      false",
    "**,          news,         true",
    "**,          news/a/b/c,   true",
    "news/**,     news/a,       true",
    "news/**,     news/a/b/c,   true",
    "news/**,     news,         false",
    "news/**,     newss/a,      false",
    "*/**,        a/b,          true",
    "*/**,        a/b/c,        true",
    "*/**,        a,            false",
    "*/b/**,      a/b/c,        true",
    "*/b/**,      a/b,          false",
    "*/b/**,      a/c/d,        false",
  })
  void filterSelects(String filter, String topic, boolean matches) {
    assertEquals(matches, TopicFilter.parse(filter).matches(TopicName.segments(topic)));
  }

  @Test
  void filterKnowsItsTextAndSegments() {
    TopicFilter filter = TopicFilter.parse("news/*/x/**");

    assertEquals("news/*/x/**", filter.text());
    assertEquals(List.of("news", "*", "x", "**"), filter.segments());
  }

  @ParameterizedTest
  @CsvSource({"news, true", "news/sport, true", "*, false", "news/*, false", "news/**, false"})
  void filterWithoutAStarIsExact(String filter, boolean exact) {
    assertEquals(exact, TopicFilter.parse(filter).isExact());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "**/a  | topic filter '**/a' has '**' before its end; it is allowed as the last segment"
            + " only",
        "a/**/b| topic filter 'a/**/b' has '**' before its end; it is allowed as the last segment"
            + " only",
        "**/** | topic filter '**/**' has '**' before its end; it is allowed as the last segment"
            + " only",
        "a*    | topic filter 'a*' has the segment 'a*'; '*' and '**' are allowed as whole"
            + " segments only",
        "x/*b  | topic filter 'x/*b' has the segment '*b'; '*' and '**' are allowed as whole"
            + " segments only",
        "***   | topic filter '***' has the segment '***'; '*' and '**' are allowed as whole"
            + " segments only",
        "a//b  | topic filter 'a//b' has an empty segment at index 2",
        "/*    | topic filter '/*' has an empty segment at index 0",
        "*/    | topic filter '*/' ends with a slash",
        "''    | topic filter is empty",
      })
  void badFilterIsRefused(String filter, String message) {
    Exception e = assertThrows(IllegalArgumentException.class, () -> TopicFilter.parse(filter));

    assertEquals(message, e.getMessage());
  }
}
