package dev.ssebroker;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What a broker has done since it was opened, for its statistics. */
final class Totals {
  // These are guarded by the broker's lock.
  private final Map<CloseReason, Long> endedByReason = new EnumMap<>(CloseReason.class);
  private long published;
  private long dropped;

  // These are added to by writers, without the lock.
  private final LongAdder delivered = new LongAdder();
  private final LongAdder deliveredBytes = new LongAdder();
  private final LongAdder gaps = new LongAdder();
  private final LongAdder missed = new LongAdder();

  /** An event was published, and dropped for so many clients. The broker's lock is held. */
  void published(int dropped) {
    published++;
    this.dropped += dropped;
  }

  /** The broker's lock is held. */
  void ended(CloseReason reason) {
    endedByReason.merge(reason, 1L, Long::sum);
  }

  void delivered(Batch batch) {
    delivered.add(batch.events());
    deliveredBytes.add(batch.length());
    Batch.Gap gap = batch.gap();
    if (gap != null) {
      gaps.increment();
      missed.add(Math.max(0, gap.missed()));
    }
  }

  /** Takes stock, with a look at every client. The broker's lock is held. */
  BrokerStats stats(
      Collection<Client> clients,
      long clientsAdded,
      History history,
      boolean logAvailable,
      long nowNanos) {
    int replaying = 0;
    long longest = 0;
    long bytes = 0;
    Duration oldest = Duration.ZERO;
    for (Client client : clients) {
      replaying += client.isBehind() ? 1 : 0;
      Lag lag = client.outbox.lag(nowNanos);
      longest = Math.max(longest, lag.events());
      bytes += lag.bytes();
      oldest = lag.age().compareTo(oldest) > 0 ? lag.age() : oldest;
    }
    return new BrokerStatsSnapshot(
        new BrokerStatsSnapshot.ClientFigures(
            clients.size(), replaying, clientsAdded, endedByReason()),
        new BrokerStatsSnapshot.EventFigures(
            published, delivered.sum(), deliveredBytes.sum(), dropped, gaps.sum(), missed.sum()),
        new BrokerStatsSnapshot.HistoryFigures(history.events(), history.bytes()),
        new BrokerStatsSnapshot.QueueFigures(longest, bytes, oldest),
        new BrokerStatsSnapshot.LogFigures(logAvailable));
  }

  private Map<CloseReason, Long> endedByReason() {
    Map<CloseReason, Long> ended = new EnumMap<>(CloseReason.class);
    for (CloseReason reason : CloseReason.values()) {
      ended.put(reason, endedByReason.getOrDefault(reason, 0L));
    }
    return Collections.unmodifiableMap(ended);
  }
}
