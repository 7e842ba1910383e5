package dev.ssebroker.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A load under which servers are compared. */
enum Scenario {
  STEADY,

  /** The highest rate that a server sustains without lost or late events. */
  SATURATION,

  /** Almost idle connections. */
  IDLE,

  /** 10 % of the clients never read. The metrics are those of the others. */
  STALLED;

  /** Returns the columns of the table, which is sorted by the first one. */
  List<Metric> metrics() {
    return switch (this) {
      case STEADY -> List.of(Metric.CPU, Metric.P99);
      case SATURATION -> List.of(Metric.DELIVERIES, Metric.CPU, Metric.P99);
      case IDLE -> List.of(Metric.MEMORY, Metric.CONNECTING);
      case STALLED -> List.of(Metric.P99, Metric.P99_CHANGE, Metric.DELIVERIES_CHANGE);
    };
  }

  /** Returns the number of reading threads, so that the load client is not the bottleneck. */
  int readingThreads() {
    return this == SATURATION ? 2 : 1;
  }

  /** Returns the metrics that have charts. */
  List<Metric> charted() {
    return switch (this) {
      case STEADY -> List.of(Metric.CPU, Metric.P99);
      case SATURATION -> List.of(Metric.DELIVERIES);
      case IDLE -> List.of(Metric.MEMORY);
      case STALLED -> List.of(Metric.P99_CHANGE, Metric.DELIVERIES_CHANGE);
    };
  }

  String title() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Finds a scenario by its title.
   *
   * @throws IllegalArgumentException if there is none; the message names all scenarios
   */
  static Scenario of(String title) {
    return Arrays.stream(values())
        .filter(scenario -> scenario.title().equals(title))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no scenario '%s'; allowed are %s"
                    .formatted(
                        title,
                        Arrays.stream(values())
                            .map(Scenario::title)
                            .collect(Collectors.joining(", ")))));
  }
}
