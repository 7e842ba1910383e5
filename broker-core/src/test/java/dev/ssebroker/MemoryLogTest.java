package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.ssebroker.contract.EventLogContract;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MemoryLogTest extends EventLogContract {
  private static final int MAX_EVENTS = 1000;

  private final MemoryLog log = new MemoryLog(MAX_EVENTS);

  @Override
  protected EventLog openLog() {
    return log.join();
  }

  @Override
  protected void forgetOldest(EventLog member) {
    for (int i = 0; i < MAX_EVENTS; i++) {
      member.append("a", events("more"));
    }
  }

  @Test
  void ownIdOfAForgottenEventMayComeAgain() {
    EventLog member = openLog();
    member.append("a", List.of(Event.of("x").withId("own")));

    forgetOldest(member);

    assertEquals(Optional.empty(), member.find("own"));
    member.append("a", List.of(Event.of("x").withId("own")));
  }

  @Test
  void logThatKeepsNothingIsRefused() {
    assertEquals(
        "maxEvents is 0; allowed is from 1 to 2147483647",
        assertThrows(IllegalArgumentException.class, () -> new MemoryLog(0)).getMessage());
  }
}
