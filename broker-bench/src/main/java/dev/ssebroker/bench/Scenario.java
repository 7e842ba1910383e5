package dev.ssebroker.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A load under which servers are compared. */
enum Scenario {
  STEADY,

  /** The highest rate that a server keeps without loss and late events. */
  SATURATION,

  /** Connections that have next to nothing to do. */
  IDLE,

  /** A tenth of the clients never reads; the numbers are those of the others. */
  STALLED;

  /** Returns what the table has, by the first of which it is sorted. */
  List<Metric> metrics() {
    return switch (this) {
      case STEADY -> List.of(Metric.CPU, Metric.P99);
      case SATURATION -> List.of(Metric.DELIVERIES, Metric.CPU, Metric.P99);
      case IDLE -> List.of(Metric.MEMORY, Metric.CONNECTING);
      case STALLED -> List.of(Metric.P99, Metric.P99_CHANGE, Metric.DELIVERIES_CHANGE);
    };
  }

  /**
   * Returns with how many threads the load client reads; with one, that is the limit in the end.
   */
  int readingThreads() {
    return this == SATURATION ? 2 : 1;
  }

  /** Returns what there are pictures of. */
  List<Metric> pictured() {
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
   * Finds one by its title.
   *
   * @throws IllegalArgumentException if there is none, with a message for people
   */
  static Scenario of(String title) {
    return Arrays.stream(values())
        .filter(scenario -> scenario.title().equals(title))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no scenario '%s'; there are %s"
                    .formatted(
                        title,
                        Arrays.stream(values())
                            .map(Scenario::title)
                            .collect(Collectors.joining(", ")))));
  }
}
