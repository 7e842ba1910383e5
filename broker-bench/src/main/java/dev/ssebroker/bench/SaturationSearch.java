package dev.ssebroker.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Searches the highest rate that a server sustains, to a precision of 10 %. */
final class SaturationSearch {
  private static final double PRECISION = 1.1;
  private static final double MIN_RATE_SHARE = 0.95;
  private static final double MAX_P99_MILLIS = 250;
  private static final int MAX_RATE = 1_000_000;

  /** Measures a rate. */
  @FunctionalInterface
  interface Trial {
    Measurement run(int rate) throws InterruptedException;
  }

  private final Trial trial;
  private final int clients;
  private final List<Object> trials = new ArrayList<>();
  private Optional<Measurement> best = Optional.empty();

  SaturationSearch(int clients, Trial trial) {
    this.clients = clients;
    this.trial = trial;
  }

  /**
   * Doubles the rate while it is sustained, or halves it until it is, and then bisects the
   * interval.
   *
   * @param first the first rate to try
   * @return the measurement at the highest sustained rate; empty if there is none
   */
  Optional<Measurement> run(int first) throws InterruptedException {
    int sustained = 0;
    int failed = 0;
    for (int rate = first; rate >= 1 && rate <= MAX_RATE; ) {
      if (isSustained(rate)) {
        sustained = rate;
        rate *= 2;
      } else {
        failed = rate;
        rate /= 2;
      }
      if (sustained > 0 && failed > 0) {
        bisect(sustained, failed);
        break;
      }
    }
    return best.map(m ->
        new Measurement(
            m.scenario(), m.server(), m.round(), m.failure(), m.report(), m.baseline(), trials));
  }

  private void bisect(int lowest, int highest) throws InterruptedException {
    int sustained = lowest;
    int failed = highest;
    while (failed > sustained * PRECISION && failed > sustained + 1) {
      int rate = (sustained + failed) / 2;
      if (isSustained(rate)) {
        sustained = rate;
      } else {
        failed = rate;
      }
    }
  }

  private boolean isSustained(int rate) throws InterruptedException {
    Measurement measurement = trial.run(rate);
    boolean sustained = isSustained(measurement, rate, clients);
    trials.add(
        sustained || measurement.isFailed()
            ? "%d/s: %s".formatted(rate, sustained ? "sustained" : measurement.failure())
            : "%d/s: not sustained: %,.0f deliveries/s, p99 %.1f ms, lost %,d"
                .formatted(
                    rate,
                    measurement.number("receivedPerSecond"),
                    Measurement.p99Millis(measurement.report()),
                    measurement.lost()));
    if (sustained) {
      best = Optional.of(measurement);
    }
    return sustained;
  }

  /**
   * Returns whether all events arrived in time, and at the requested rate. The rate matters, since
   * a publisher that waits for slow sockets loses no events, but publishes fewer.
   */
  static boolean isSustained(Measurement measurement, int rate, int clients) {
    return measurement.isLossless()
        && Measurement.p99Millis(measurement.report()) < MAX_P99_MILLIS
        && measurement.number("receivedPerSecond") >= MIN_RATE_SHARE * rate * clients;
  }

  List<Object> trials() {
    return trials;
  }
}
