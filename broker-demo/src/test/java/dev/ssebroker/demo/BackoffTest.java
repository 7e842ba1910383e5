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
  void waitIsAnyPartOfTheBound() {
    double[] random = {0.0, 0.5, 0.25};
    int[] asked = {0};
    Backoff backoff = new Backoff(() -> random[asked[0]++]);

    assertEquals(Duration.ZERO, backoff.next());
    assertEquals(Duration.ofMillis(500), backoff.next());
    assertEquals(Duration.ofMillis(500), backoff.next());
  }

  @Test
  void whatTheUpstreamAsksForComesOnTopAndOutlivesAReset() {
    Backoff backoff = new Backoff(() -> 1.0);

    backoff.askFor(3000);
    assertEquals(Duration.ofMillis(3500), backoff.next());
    assertEquals(Duration.ofSeconds(4), backoff.next());
    backoff.reset();
    assertEquals(Duration.ofMillis(3500), backoff.next());
    backoff.askFor(0);
    assertEquals(Duration.ofSeconds(1), backoff.next());
  }

  @Test
  void upstreamCannotAskForMoreThanAnHour() {
    Backoff backoff = new Backoff(() -> 0.0);

    backoff.askFor(Long.MAX_VALUE);
    assertEquals(Duration.ofHours(1), backoff.next());
  }
}
