package dev.ssebroker.bench;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The results of all rounds of a scenario, one row per server, best first. */
final class ComparisonTable {
  private final Scenario scenario;
  private final List<Row> rows;

  ComparisonTable(Scenario scenario, List<Measurement> measurements) {
    this.scenario = scenario;
    Metric first = scenario.metrics().getFirst();
    List<Measurement> own =
        measurements.stream().filter(measurement -> measurement.scenario() == scenario).toList();
    this.rows =
        own.stream()
            .map(Measurement::server)
            .distinct()
            .map(server ->
                new Row(server, own.stream().filter(m -> m.server().equals(server)).toList()))
            .sorted(Comparator.comparingDouble(row -> row.badness(first)))
            .toList();
  }

  /**
   * The results of one server.
   *
   * @param server the name of the server
   * @param rounds the measurement of each round
   */
  record Row(String server, List<Measurement> rounds) {
    Row {
      rounds = List.copyOf(rounds);
    }

    /** Returns the median, the minimum and the maximum of the rounds; NaN if there are none. */
    Spread spread(Metric metric) {
      double[] values =
          rounds.stream()
              .mapToDouble(metric::of)
              .filter(value -> !Double.isNaN(value))
              .sorted()
              .toArray();
      if (values.length == 0) {
        return new Spread(Double.NaN, Double.NaN, Double.NaN);
      }
      int half = values.length / 2;
      double median = values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
      return new Spread(median, values[0], values[values.length - 1]);
    }

    /** Returns a sort key that puts the best first and unmeasured servers last. */
    double badness(Metric metric) {
      double median = spread(metric).median();
      return Double.isNaN(median)
          ? Double.POSITIVE_INFINITY
          : metric.lowerIsBetter() ? median : -median;
    }

    boolean isLossless() {
      return rounds.stream().allMatch(Measurement::isLossless);
    }

    boolean isPeer() {
      return !server.equals(MeasuredServer.RAW_LOOP) && !server.equals(MeasuredServer.BROKER);
    }

    /** Returns the number of lost events in all rounds. */
    long lost() {
      return rounds.stream().mapToLong(Measurement::lost).sum();
    }

    private long failed() {
      return rounds.stream().filter(Measurement::isFailed).count();
    }
  }

  /** A median with the range of the values. */
  record Spread(double median, double min, double max) {}

  Scenario scenario() {
    return scenario;
  }

  List<Row> rows() {
    return rows;
  }

  /** Returns the peer with the best median among those without losses or failures. */
  Optional<Row> bestPeer(Metric metric) {
    return rows.stream()
        .filter(row -> row.isPeer() && row.isLossless())
        .filter(row -> Double.isFinite(row.badness(metric)))
        .min(Comparator.comparingDouble(row -> row.badness(metric)));
  }

  /** Returns the ratio of the medians; NaN if one of them is unknown. */
  double ratio(Row row, Optional<Row> to, Metric metric) {
    return to.map(other -> row.spread(metric).median() / other.spread(metric).median())
        .filter(Double::isFinite)
        .orElse(Double.NaN);
  }

  private Optional<Row> rawLoop() {
    return rows.stream().filter(row -> row.server().equals(MeasuredServer.RAW_LOOP)).findFirst();
  }

  /**
   * Returns the table as Markdown.
   *
   * @param conditions the conditions of the measurement
   */
  String text(String conditions) {
    StringBuilder text = new StringBuilder("## ").append(scenario.title()).append("\n\n");
    text.append(conditions).append('\n');
    StringBuilder line = new StringBuilder("|---|");
    text.append("| server |");
    for (Metric metric : scenario.metrics()) {
      text.append(' ').append(metric.title()).append(" |");
      line.append("---:|");
      if (!metric.isRatio()) {
        text.append(" × raw loop | × best peer |");
        line.append("---:|---:|");
      }
    }
    text.append(" lost | failed |\n").append(line).append("---:|---:|\n");
    rows.forEach(row -> append(text, row));
    text.append(
        "\nMedian of the rounds (minimum–maximum). Lost is the sum of all rounds. The best peer is the"
            + " best one without losses.\n");
    rows.stream()
        .flatMap(row -> row.rounds().stream())
        .filter(Measurement::isFailed)
        .forEach(m ->
            text.append(
                "\n%s, round %d, failed: %s\n".formatted(m.server(), m.round(), m.failure())));
    return text.toString();
  }

  private void append(StringBuilder text, Row row) {
    text.append("| ").append(row.server()).append(" |");
    for (Metric metric : scenario.metrics()) {
      Spread spread = row.spread(metric);
      text.append(' ').append(metric.format(spread.median()));
      if (spread.min() < spread.max()) {
        text.append(" (%s–%s)".formatted(metric.format(spread.min()), metric.format(spread.max())));
      }
      text.append(" |");
      if (!metric.isRatio()) {
        for (Optional<Row> other : Arrays.asList(rawLoop(), bestPeer(metric))) {
          text.append(' ').append(ratioText(ratio(row, other, metric))).append(" |");
        }
      }
    }
    text.append(
        String.format(
            Locale.ROOT,
            " %,d | %s |%n",
            row.lost(),
            row.failed() == 0 ? "" : row.failed() + " of " + row.rounds().size()));
  }

  private static String ratioText(double ratio) {
    return Double.isNaN(ratio) ? "–" : String.format(Locale.ROOT, "%.2f", ratio);
  }
}
