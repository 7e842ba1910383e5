package dev.ssebroker.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The result of one server in one round of one scenario.
 *
 * @param scenario the scenario
 * @param server the name of the server
 * @param round the round, from 1
 * @param failure why there is no report; empty if there is one
 * @param report the report of {@link Load}; empty after a failure
 * @param baseline the report of the run for comparison; empty if the scenario has none
 * @param trials the trials of a search, in order; empty without a search
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
    // Keeps the order, so that a result that is read and written again does not change.
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

  /** Returns a number of a report; NaN if it is absent. */
  static double number(Map<?, ?> report, String name) {
    return report.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  /** Returns the 99th percentile of the latency; NaN if nothing was received. */
  static double p99Millis(Map<?, ?> report) {
    boolean received = number(report, "received") > 0;
    return received && report.get("latencyMicros") instanceof Map<?, ?> latency
        ? number(latency, "p99") / 1000
        : Double.NaN;
  }

  double number(String name) {
    return number(report, name);
  }

  /** Returns the number of lost events; 0 after a failure. */
  long lost() {
    double lost = number("lost");
    return Double.isNaN(lost) ? 0 : (long) lost;
  }

  /** Returns whether all events of the window arrived, and there were any. */
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
   * Reads the result of {@link #json}.
   *
   * @throws IllegalArgumentException if the JSON is not a measurement
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
    throw new IllegalArgumentException("not a measurement: " + json);
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
