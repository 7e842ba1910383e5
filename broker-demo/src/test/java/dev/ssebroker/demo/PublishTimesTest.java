package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PublishTimesTest {
  private final PublishTimes publishTimes = new PublishTimes();

  @Test
  void ageIsThatOfTheOldestOfTheLatestEvents() {
    assertEquals(0, publishTimes.ageNanos(5, 100));
    publishTimes.add("a", 10);
    publishTimes.add("b", 20);

    assertEquals(0, publishTimes.ageNanos(0, 100));
    assertEquals(80, publishTimes.ageNanos(1, 100));
    assertEquals(90, publishTimes.ageNanos(2, 100));
    assertEquals(90, publishTimes.ageNanos(3, 100));
  }

  @Test
  void eventOfAnotherDemoHasAnAgeButNoTime() {
    publishTimes.add("a", 10);
    publishTimes.addOther(20);

    assertEquals(80, publishTimes.ageNanos(1, 100));
    assertEquals(OptionalLong.of(10), publishTimes.time("a"));
    assertEquals(OptionalLong.empty(), publishTimes.time(""));
  }

  @Test
  void oldestEventIsEvicted() {
    for (int i = 0; i <= PublishTimes.CAPACITY; i++) {
      publishTimes.add("e-" + i, i);
    }

    assertEquals(OptionalLong.empty(), publishTimes.time("e-0"));
    assertEquals(OptionalLong.of(1), publishTimes.time("e-1"));
    assertEquals(
        OptionalLong.of(PublishTimes.CAPACITY), publishTimes.time("e-" + PublishTimes.CAPACITY));
    assertEquals(99, publishTimes.ageNanos(Long.MAX_VALUE, 100));
  }
}
