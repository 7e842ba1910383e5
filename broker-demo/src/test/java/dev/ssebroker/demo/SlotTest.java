package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlotTest {

  @ParameterizedTest
  @CsvSource({
    // wall, number, middle, each in milliseconds where it is a time
    "4000, 3, 7000",
    "4001, 3, 7000",
    "5000, 3, 7000",
    "5999, 3, 7000",
    "6000, 4, 9000",
  })
  void slotAfterATimeStartsAfterItAndIsTheSameForAllDemos(long wall, long number, long middle) {
    Slot slot = Slot.after(wall * 1_000_000, 2_000_000_000L);

    assertEquals(number, slot.number());
    assertEquals(middle * 1_000_000, slot.middleNanos());
    assertEquals("tick-2000-" + number, slot.id());
  }
}
