package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrokerCountersTest {
  @RegisterExtension final HeldLock held = new HeldLock();

  private final BrokerCounters counters = new BrokerCounters(held.lock);

  @Test
  void eventsAreCounted() {
    counters.addPublished();
    counters.addPublished();
    counters.addDropped(2);
    counters.addDropped(1);

    assertEquals(3, counters.dropped());
    assertEquals(new BrokerStatsSnapshot.EventFigures(2, 0, 0, 3, 0, 0), counters.events());
  }

  /** A count that nobody knows adds nothing. */
  @Test
  void deliveriesAndGapsAreCounted() {
    Batch batch = new Batch(new Deflation());
    batch.add(new GapNotice(GapNotice.UNKNOWN, GapReason.EVICTED));
    batch.add(new GapNotice(5, GapReason.OVERFLOW));
    batch.add(Frames.event(1, 10));
    batch.add(Frames.event(2, 20));

    counters.addDelivered(batch);
    counters.addDelivered(batch);

    assertEquals(
        new BrokerStatsSnapshot.EventFigures(0, 4, 2L * batch.length(), 0, 4, 10),
        counters.events());
  }

  @Test
  void endsAreCountedByTheirReason() {
    counters.addEnded(CloseReason.FAILED);
    counters.addEnded(CloseReason.TOO_SLOW);
    counters.addEnded(CloseReason.FAILED);

    Map<CloseReason, Long> ended = counters.ended();

    assertEquals(CloseReason.values().length, ended.size());
    assertEquals(2, ended.get(CloseReason.FAILED));
    assertEquals(1, ended.get(CloseReason.TOO_SLOW));
    assertEquals(0, ended.get(CloseReason.MAX_AGE));
  }
}
