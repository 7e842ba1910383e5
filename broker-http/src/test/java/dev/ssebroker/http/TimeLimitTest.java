package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TimeLimitTest {
  private static final long HOUR = Duration.ofHours(1).toNanos();

  private final Set<TimeLimit> running = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cuts = new AtomicInteger();
  private final TimeLimit limit = new TimeLimit(running, cuts::incrementAndGet);

  @Test
  void connectionIsCutWhenItsTimeIsOverAndNotBefore() {
    long before = System.nanoTime();
    limit.begin(Duration.ofHours(1));
    long after = System.nanoTime();

    limit.cutIfOver(before);
    limit.cutIfOver(before + HOUR - 1);
    assertEquals(0, cuts.get());
    limit.cutIfOver(after + HOUR);
    assertEquals(1, cuts.get());
    limit.cutIfOver(after + 2 * HOUR);
    assertEquals(2, cuts.get());
  }

  @Test
  void limitIsCheckedOnlyWhileItIsRunning() {
    assertEquals(Set.of(), running);
    limit.begin(Duration.ZERO);
    limit.begin(Duration.ZERO);
    assertEquals(Set.of(limit), running);
    limit.end();
    assertEquals(Set.of(), running);
    limit.end();
    assertEquals(Set.of(), running);
  }

  @Test
  void limitThatBeginsAgainHasTheLaterTime() {
    limit.begin(Duration.ZERO);
    limit.begin(Duration.ofHours(1));
    limit.cutIfOver(System.nanoTime());
    assertEquals(0, cuts.get());
  }
}
