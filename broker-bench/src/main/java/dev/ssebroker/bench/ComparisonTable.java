package dev.ssebroker.bench;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What all rounds of a scenario say about each server, the best first. */
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
   * One server's rounds.
   *
   * @param server by name
   * @param rounds what it did in each
   */
  record Row(String server, List<Measurement> rounds) {
    Row {
      rounds = List.copyOf(rounds);
    }

    /** Returns the median, the least and the greatest of the rounds; NaN if there is none. */
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

    /** Returns what sorts the best first and the unmeasured last. */
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

    /** Returns the events that did not arrive, in all rounds together. */
    long lost() {
      return rounds.stream().mapToLong(Measurement::lost).sum();
    }

    private long failed() {
      return rounds.stream().filter(Measurement::isFailed).count();
    }
  }

  /** A median and its neighbourhood. */
  record Spread(double median, double least, double greatest) {}

  Scenario scenario() {
    return scenario;
  }

  List<Row> rows() {
    return rows;
  }

  /** Returns the peer with the best median of those that lost nothing and failed in no round. */
  Optional<Row> bestPeer(Metric metric) {
    return rows.stream()
        .filter(row -> row.isPeer() && row.isLossless())
        .filter(row -> Double.isFinite(row.badness(metric)))
        .min(Comparator.comparingDouble(row -> row.badness(metric)));
  }

  /** Returns the ratio of the medians; NaN if one is not known. */
  double ratio(Row row, Optional<Row> to, Metric metric) {
    return to.map(other -> row.spread(metric).median() / other.spread(metric).median())
        .filter(Double::isFinite)
        .orElse(Double.NaN);
  }

  private Optional<Row> rawLoop() {
    return rows.stream().filter(row -> row.server().equals(MeasuredServer.RAW_LOOP)).findFirst();
  }

  /**
   * Returns it as Markdown.
   *
   * @param conditions under which it was measured
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
        "\nMedian over the rounds (least–greatest). Lost is the sum over them. The best peer is the"
            + " best of those that lost nothing.\n");
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
      if (spread.least() < spread.greatest()) {
        text.append(
            " (%s–%s)".formatted(metric.format(spread.least()), metric.format(spread.greatest())));
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
