package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TimeLimitTest {
  private static final long HOUR = Duration.ofHours(1).toNanos();

  private final TimeLimit limit = new TimeLimit();

  @Test
  void limitIsOverWhenItsTimeIs() {
    long before = System.nanoTime();
    limit.begin(Duration.ofHours(1));
    long after = System.nanoTime();

    assertFalse(limit.isOver(before));
    assertFalse(limit.isOver(before + HOUR - 1));
    assertTrue(limit.isOver(after + HOUR + 1));
    assertTrue(limit.isOver(after + 2 * HOUR));
  }

  @Test
  void nothingIsLimitedBeforeTheBeginningOrBehindTheEnd() {
    assertFalse(limit.isOver(Long.MAX_VALUE));
    limit.begin(Duration.ZERO);
    assertTrue(limit.isOver(System.nanoTime() + 1));
    limit.end();
    assertFalse(limit.isOver(System.nanoTime() + HOUR));
  }
}
