package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {

  @Test
  void boundDoublesFromHalfASecondToThirtySeconds() {
    Backoff backoff = new Backoff(() -> 1.0);

    for (long millis : new long[] {500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000}) {
      assertEquals(Duration.ofMillis(millis), backoff.next());
    }
  }

  @Test
  void delayIsARandomPartOfTheBound() {
    double[] random = {0.0, 0.5, 0.25};
    int[] calls = {0};
    Backoff backoff = new Backoff(() -> random[calls[0]++]);

    assertEquals(Duration.ZERO, backoff.next());
    assertEquals(Duration.ofMillis(500), backoff.next());
    assertEquals(Duration.ofMillis(500), backoff.next());
  }

  @Test
  void serverDelayIsAddedAndSurvivesAReset() {
    Backoff backoff = new Backoff(() -> 1.0);

    backoff.setServerDelay(3000);
    assertEquals(Duration.ofMillis(3500), backoff.next());
    assertEquals(Duration.ofSeconds(4), backoff.next());
    backoff.reset();
    assertEquals(Duration.ofMillis(3500), backoff.next());
    backoff.setServerDelay(0);
    assertEquals(Duration.ofSeconds(1), backoff.next());
  }

  @Test
  void serverDelayIsAtMostAnHour() {
    Backoff backoff = new Backoff(() -> 0.0);

    backoff.setServerDelay(Long.MAX_VALUE);
    assertEquals(Duration.ofHours(1), backoff.next());
  }
}
