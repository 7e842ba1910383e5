package dev.ssebroker;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

final class BrokerCounters {
  private final BrokerLock lock;

  // Guarded by the broker's lock.
  private final Map<CloseReason, Long> endedByReason = new EnumMap<>(CloseReason.class);
  private long published;
  private long dropped;

  // Writers add to these without the lock.
  private final LongAdder delivered = new LongAdder();
  private final LongAdder deliveredBytes = new LongAdder();
  private final LongAdder gaps = new LongAdder();
  private final LongAdder missed = new LongAdder();

  BrokerCounters(BrokerLock lock) {
    this.lock = lock;
    for (CloseReason reason : CloseReason.values()) {
      endedByReason.put(reason, 0L);
    }
  }

  void addPublished() {
    lock.assertHeld();
    published++;
  }

  void addDropped(int events) {
    dropped += events;
  }

  void addEnded(CloseReason reason) {
    lock.assertHeld();
    endedByReason.merge(reason, 1L, Long::sum);
  }

  void addDelivered(Batch batch) {
    delivered.add(batch.events());
    deliveredBytes.add(batch.length());
    for (GapNotice notice : batch.gaps()) {
      gaps.increment();
      missed.add(Math.max(0, notice.missed));
    }
  }

  long dropped() {
    return dropped;
  }

  BrokerStatsSnapshot.EventFigures events() {
    lock.assertHeld();
    return new BrokerStatsSnapshot.EventFigures(
        published, delivered.sum(), deliveredBytes.sum(), dropped, gaps.sum(), missed.sum());
  }

  Map<CloseReason, Long> ended() {
    lock.assertHeld();
    return Collections.unmodifiableMap(new EnumMap<>(endedByReason));
  }
}
