package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.ssebroker.contract.EventLogContract;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MemoryLogTest extends EventLogContract {
  private static final int MAX_EVENTS = 10_000;

  private final MemoryLog log = new MemoryLog(MAX_EVENTS);

  @Override
  protected EventLog openLog() {
    return log.join();
  }

  @Override
  protected void evictOldest(EventLog member) {
    member.append("a", Collections.nCopies(MAX_EVENTS, Event.of("more")));
  }

  @Override
  protected int clusterRuns() {
    return 300;
  }

  @Test
  void clientsThatMoveAreToldOfWhatTheLogForgot() throws Exception {
    for (int run = 0; run < 300; run++) {
      playClusters(1, new MemoryLog(30)::join, true, () -> {});
    }
  }

  @Test
  void ownIdOfAForgottenEventMayComeAgain() {
    EventLog member = openLog();
    member.append("a", List.of(Event.of("x").withId("own")));

    evictOldest(member);

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
