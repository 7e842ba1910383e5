package dev.ssebroker;

import java.time.Duration;
import java.util.Map;

/** One moment's {@link BrokerStats}. */
record BrokerStatsSnapshot(Clients clients, Events events, History history, Queues queues, Log log)
    implements BrokerStats {

  record ClientFigures(int current, int replaying, long added, Map<CloseReason, Long> ended)
      implements Clients {}

  record EventFigures(
      long published, long delivered, long deliveredBytes, long dropped, long gaps, long missed)
      implements Events {}

  record HistoryFigures(int events, long bytes) implements History {}

  record QueueFigures(long longestEvents, long bytes, Duration oldestAge) implements Queues {}

  record LogFigures(boolean available) implements Log {}
}
