package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RetryTest {

  @Test
  void timesAreWithinAThirdOfTheSetting() {
    long[] times =
        LongStream.range(0, 10_000)
            .map(i -> Retry.around(Duration.ofSeconds(3)).toMillis())
            .sorted()
            .toArray();
    assertTrue(times[0] >= 2000 && times[0] < 2100, times[0] + " ms");
    long last = times[times.length - 1];
    assertTrue(last > 3900 && last < 4000, last + " ms");
  }

  @Test
  void shortestTimesAreNotChanged() {
    assertEquals(Duration.ZERO, Retry.around(Duration.ZERO));
    assertEquals(Duration.ofMillis(2), Retry.around(Duration.ofMillis(2)));
  }

  /** HTML §9.2.6: digits only, and an empty line after the field. */
  @Test
  void fieldIsInMilliseconds() {
    assertEquals("retry: 3600000\n\n", Retry.field(Duration.ofHours(1)));
    assertEquals("retry: 1\n\n", new String(Retry.prelude(Duration.ofMillis(1)), US_ASCII));
  }
}
