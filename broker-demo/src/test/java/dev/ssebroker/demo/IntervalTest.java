package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntervalTest {

  @ParameterizedTest
  @CsvSource({
    "1ms, PT0.001S",
    "500ms, PT0.5S",
    "007ms, PT0.007S",
    "2s, PT2S",
    "90s, PT90S",
    "1m, PT1M",
    "60m, PT1H",
    "1h, PT1H",
    "3600000ms, PT1H"
  })
  void wholeNumberWithAUnitIsParsed(String text, Duration duration) {
    assertEquals(duration, Interval.parse(text).duration());
  }

  @ParameterizedTest
  @CsvSource({"2s, 2s", "500ms, 500ms", "1500ms, 1500ms", "1m, 60s", "1h, 3600s"})
  void formattedIntervalIsParsedAgain(String text, String shown) {
    Interval interval = Interval.parse(text);

    assertEquals(shown, interval.toString());
    assertEquals(interval, Interval.parse(shown));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "2",
        "s",
        "2 s",
        " 2s",
        "2s ",
        "2S",
        "2sec",
        "-1s",
        "+1s",
        "1.5s",
        "1e3ms",
        "2s2s",
        "1d",
        "PT2S",
        "٢s",
        "1234567890123ms"
      })
  void otherFormIsRefusedWithTheText(String text) {
    String message = refusal(text);

    assertTrue(message.startsWith("'" + text + "' is not a time"), message);
    assertTrue(message.contains("500ms, 2s, 1m or 1h"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0ms", "0s", "0h", "3600001ms", "3601s", "61m", "2h", "999999999999h"})
  void intervalOutOfBoundsIsRefusedWithTheBounds(String text) {
    assertEquals("'" + text + "' is out of bounds; allowed is from 1ms to 1h", refusal(text));
  }

  private static String refusal(String text) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> Interval.parse(text)).getMessage());
  }
}
