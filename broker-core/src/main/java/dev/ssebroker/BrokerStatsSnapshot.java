package dev.ssebroker;

import java.time.Duration;
import java.util.Map;

/** The state of a broker at one moment. */
record BrokerStatsSnapshot(
    ClientFigures clients,
    EventFigures events,
    HistoryFigures history,
    QueueFigures queues,
    LogFigures log)
    implements BrokerStats {
  record ClientFigures(int current, int replaying, long added, Map<CloseReason, Long> ended)
      implements BrokerStats.Clients {}

  record EventFigures(
      long published, long delivered, long deliveredBytes, long dropped, long gaps, long missed)
      implements BrokerStats.Events {}

  record HistoryFigures(int events, long bytes) implements BrokerStats.History {}

  record QueueFigures(long longestEvents, long bytes, Duration oldestAge)
      implements BrokerStats.Queues {}

  record LogFigures(boolean available) implements BrokerStats.Log {}

  /** Not thread-safe. */
  static final class QueueSums {
    private int replaying;
    private long longestEvents;
    private long bytes;
    private Duration oldestAge = Duration.ZERO;

    void add(boolean isReplaying, Lag queued) {
      replaying += isReplaying ? 1 : 0;
      longestEvents = Math.max(longestEvents, queued.events());
      bytes += queued.bytes();
      oldestAge = queued.age().compareTo(oldestAge) > 0 ? queued.age() : oldestAge;
    }

    int replaying() {
      return replaying;
    }

    QueueFigures queues() {
      return new QueueFigures(longestEvents, bytes, oldestAge);
    }
  }
}
