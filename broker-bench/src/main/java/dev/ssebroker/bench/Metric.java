package dev.ssebroker.bench;

import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A metric by which servers are compared. */
enum Metric {
  CPU(
      "CPU µs per delivery",
      "cpu",
      2,
      true,
      m -> m.number("received") > 0 ? m.number("serverCpuMicrosPerDelivery") : Double.NaN),
  P99("p99 ms", "p99", 2, true, m -> Measurement.p99Millis(m.report())),
  DELIVERIES("deliveries/s", "deliveries", 0, false, m -> m.number("receivedPerSecond")),
  MEMORY(
      "KiB per connection", "memory", 1, true, m -> m.number("residentBytesPerConnection") / 1024),
  CONNECTING("s to connect all", "connecting", 2, true, m -> m.number("connectSeconds")),
  P99_CHANGE(
      "p99 ÷ p99 without stalled",
      "p99-change",
      2,
      true,
      m -> Measurement.p99Millis(m.report()) / Measurement.p99Millis(m.baseline())),
  DELIVERIES_CHANGE(
      "deliveries/s ÷ without stalled",
      "deliveries-change",
      3,
      false,
      m -> m.number("receivedPerSecond") / Measurement.number(m.baseline(), "receivedPerSecond"));

  private final String title;
  private final String fileName;
  private final int decimals;
  private final boolean lowerIsBetter;

  @SuppressWarnings("ImmutableEnumChecker") // The functions have no state.
  private final ToDoubleFunction<Measurement> value;

  Metric(
      String title,
      String fileName,
      int decimals,
      boolean lowerIsBetter,
      ToDoubleFunction<Measurement> value) {
    this.title = title;
    this.fileName = fileName;
    this.decimals = decimals;
    this.lowerIsBetter = lowerIsBetter;
    this.value = value;
  }

  String title() {
    return title;
  }

  String fileName() {
    return fileName;
  }

  boolean lowerIsBetter() {
    return lowerIsBetter;
  }

  /** Returns whether the metric is a ratio, which needs no ratio to another server. */
  boolean isRatio() {
    return this == P99_CHANGE || this == DELIVERIES_CHANGE;
  }

  /** Returns the value; NaN if it was not measured. */
  double of(Measurement measurement) {
    return value.applyAsDouble(measurement);
  }

  String format(double number) {
    return Double.isNaN(number) ? "–" : String.format(Locale.ROOT, "%,." + decimals + "f", number);
  }
}
