package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PublicationsTest {
  private final Publications publications = new Publications();

  @Test
  void ageIsThatOfTheOldestOfTheLastEvents() {
    assertEquals(0, publications.ageNanos(5, 100));
    publications.add("a", 10);
    publications.add("b", 20);

    assertEquals(0, publications.ageNanos(0, 100));
    assertEquals(80, publications.ageNanos(1, 100));
    assertEquals(90, publications.ageNanos(2, 100));
    assertEquals(90, publications.ageNanos(3, 100));
  }

  @Test
  void eventOfSomebodyElseHasAnAgeButNoTime() {
    publications.add("a", 10);
    publications.addOther(20);

    assertEquals(80, publications.ageNanos(1, 100));
    assertEquals(OptionalLong.of(10), publications.time("a"));
    assertEquals(OptionalLong.empty(), publications.time(""));
  }

  @Test
  void oldestIsForgotten() {
    for (int i = 0; i <= Publications.KEPT; i++) {
      publications.add("e-" + i, i);
    }

    assertEquals(OptionalLong.empty(), publications.time("e-0"));
    assertEquals(OptionalLong.of(1), publications.time("e-1"));
    assertEquals(OptionalLong.of(Publications.KEPT), publications.time("e-" + Publications.KEPT));
    assertEquals(99, publications.ageNanos(Long.MAX_VALUE, 100));
  }
}
