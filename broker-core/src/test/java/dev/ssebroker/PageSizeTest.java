package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PageSizeTest {
  private final PageSize size = new PageSize(100, 1000);

  @Test
  void pageOfSmallEventsHasAsManyAsAreAllowed() {
    size.read(16, 16);

    assertEquals(100, size.events());
  }

  @Test
  void pageOfLargeEventsHasAsManyAsFit() {
    size.read(10, 500);
    assertEquals(20, size.events());

    size.read(4, 40_000);
    assertEquals(1, size.events());

    size.read(1, 100);
    assertEquals(10, size.events());
  }

  @Test
  void pageWithoutEventsTeachesNothing() {
    size.read(10, 500);
    size.read(0, 0);

    assertEquals(20, size.events());
  }
}
