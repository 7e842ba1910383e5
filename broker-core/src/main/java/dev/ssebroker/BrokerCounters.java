package dev.ssebroker;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What a broker has done since it was opened. */
final class BrokerCounters {
  private final BrokerLock lock;

  // These are guarded by the broker's lock.
  private final Map<CloseReason, Long> endedByReason = new EnumMap<>(CloseReason.class);
  private long published;
  private long dropped;

  // These are added to by writers, without the lock.
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

  /** Counts events that a client misses by its overflow policy. The broker's lock is held. */
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
      missed.add(Math.max(0, notice.missed()));
    }
  }

  /** Returns the number of events dropped. The broker's lock is held. */
  long dropped() {
    return dropped;
  }

  BrokerStatsSnapshot.EventFigures events() {
    lock.assertHeld();
    return new BrokerStatsSnapshot.EventFigures(
        published, delivered.sum(), deliveredBytes.sum(), dropped, gaps.sum(), missed.sum());
  }

  /** Returns the number of clients that ended for each reason. */
  Map<CloseReason, Long> ended() {
    lock.assertHeld();
    return Collections.unmodifiableMap(new EnumMap<>(endedByReason));
  }
}
