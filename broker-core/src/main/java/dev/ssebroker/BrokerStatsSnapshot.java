package dev.ssebroker;

import java.time.Duration;
import java.util.List;
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
      implements BrokerStats.Queues {
    static QueueFigures of(List<Lag> lags) {
      return new QueueFigures(
          lags.stream().mapToLong(Lag::events).reduce(0, Math::max),
          lags.stream().mapToLong(Lag::bytes).sum(),
          lags.stream().map(Lag::age).reduce(Duration.ZERO, (a, b) -> a.compareTo(b) < 0 ? b : a));
    }
  }

  record LogFigures(boolean available) implements BrokerStats.Log {}
}
