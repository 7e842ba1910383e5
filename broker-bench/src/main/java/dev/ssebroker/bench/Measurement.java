package dev.ssebroker.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one server did in one round of one scenario.
 *
 * @param scenario that was run
 * @param server by name
 * @param round from 1
 * @param failure why there is no report; empty if there is one
 * @param report of {@link Load}; empty if nothing could be measured
 * @param baseline the same without what the scenario adds; empty if it has none
 * @param trials of a search, the first one first; empty if nothing was searched for
 */
record Measurement(
    Scenario scenario,
    String server,
    int round,
    String failure,
    Map<String, Object> report,
    Map<String, Object> baseline,
    List<Object> trials) {
  Measurement {
    // In their order: what is read and written again is then the same text.
    report = Collections.unmodifiableMap(new LinkedHashMap<>(report));
    baseline = Collections.unmodifiableMap(new LinkedHashMap<>(baseline));
    trials = List.copyOf(trials);
  }

  static Measurement failed(Scenario scenario, String server, int round, String failure) {
    return new Measurement(scenario, server, round, failure, Map.of(), Map.of(), List.of());
  }

  boolean isFailed() {
    return !failure.isEmpty();
  }

  /** Returns a number of a report, NaN if it does not have it. */
  static double number(Map<?, ?> report, String name) {
    return report.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  /** Returns the latency's 99th percentile, NaN if nothing was received. */
  static double p99Millis(Map<?, ?> report) {
    boolean received = number(report, "received") > 0;
    return received && report.get("latencyMicros") instanceof Map<?, ?> latency
        ? number(latency, "p99") / 1000
        : Double.NaN;
  }

  double number(String name) {
    return number(report, name);
  }

  /** Returns the events that some client did not get; 0 if nothing could be measured. */
  long lost() {
    double lost = number("lost");
    return Double.isNaN(lost) ? 0 : (long) lost;
  }

  /** Says whether all that was published within the window arrived, and something was. */
  boolean isLossless() {
    return !isFailed()
        && number("received") > 0
        && number("lost") == 0
        && number("outOfOrder") == 0
        && number("repeated") == 0
        && number("ended") == 0;
  }

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("scenario", scenario.title());
    json.put("server", server);
    json.put("round", round);
    json.put("failure", failure);
    json.put("report", report);
    json.put("baseline", baseline);
    json.put("trials", trials);
    return json;
  }

  /**
   * Reads what {@link #json} has written.
   *
   * @throws IllegalArgumentException if it has not
   */
  static Measurement of(Map<?, ?> json) {
    if (json.get("scenario") instanceof String scenario
        && json.get("server") instanceof String server
        && json.get("round") instanceof Number round
        && json.get("failure") instanceof String failure
        && json.get("report") instanceof Map<?, ?> report
        && json.get("baseline") instanceof Map<?, ?> baseline
        && json.get("trials") instanceof List<?> trials) {
      return new Measurement(
          Scenario.of(scenario),
          server,
          round.intValue(),
          failure,
          named(report),
          named(baseline),
          List.<Object>copyOf(trials));
    }
    throw new IllegalArgumentException("this is no measurement: " + json);
  }

  private static Map<String, Object> named(Map<?, ?> map) {
    Map<String, Object> named = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      Object value = entry.getValue();
      if (value != null) {
        named.put(String.valueOf(entry.getKey()), value);
      }
    }
    return named;
  }
}
