package dev.ssebroker.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the highest rate that a server keeps, to a tenth. */
final class SaturationSearch {
  private static final double PRECISION = 1.1;
  private static final double KEPT = 0.95;
  private static final double LATEST_MILLIS = 250;
  private static final int HIGHEST_RATE = 1_000_000;

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
   * Doubles the rate until it is not kept, or halves it until it is, and then halves the interval.
   *
   * @param first rate to try
   * @return the measurement at the highest rate kept, empty if none was
   */
  Optional<Measurement> run(int first) throws InterruptedException {
    int kept = 0;
    int missed = 0;
    for (int rate = first; rate >= 1 && rate <= HIGHEST_RATE; ) {
      if (isKept(rate)) {
        kept = rate;
        rate *= 2;
      } else {
        missed = rate;
        rate /= 2;
      }
      if (kept > 0 && missed > 0) {
        bisect(kept, missed);
        break;
      }
    }
    return best.map(m ->
        new Measurement(
            m.scenario(), m.server(), m.round(), m.failure(), m.report(), m.baseline(), trials));
  }

  private void bisect(int lowest, int highest) throws InterruptedException {
    int kept = lowest;
    int missed = highest;
    while (missed > kept * PRECISION && missed > kept + 1) {
      int rate = (kept + missed) / 2;
      if (isKept(rate)) {
        kept = rate;
      } else {
        missed = rate;
      }
    }
  }

  private boolean isKept(int rate) throws InterruptedException {
    Measurement measurement = trial.run(rate);
    boolean kept = isKept(measurement, rate, clients);
    trials.add(
        kept || measurement.isFailed()
            ? "%d/s: %s".formatted(rate, kept ? "kept" : measurement.failure())
            : "%d/s: not kept: %,.0f deliveries/s, p99 %.1f ms, lost %,d"
                .formatted(
                    rate,
                    measurement.number("receivedPerSecond"),
                    Measurement.p99Millis(measurement.report()),
                    measurement.lost()));
    if (kept) {
      best = Optional.of(measurement);
    }
    return kept;
  }

  /**
   * Says whether all arrived, in time, and at the rate asked for: a publisher that waits for slow
   * sockets loses nothing, it only says less.
   */
  static boolean isKept(Measurement measurement, int rate, int clients) {
    return measurement.isLossless()
        && Measurement.p99Millis(measurement.report()) < LATEST_MILLIS
        && measurement.number("receivedPerSecond") >= KEPT * rate * clients;
  }

  List<Object> trials() {
    return trials;
  }
}
