package dev.ssebroker.demo;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * The log messages of a relay. A problem that lasts is logged once a minute. Not thread-safe: the
 * relay calls it with its lock held.
 */
final class RelayLog {
  private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

  /** The maximum length of a reason, which may contain text of the upstream. */
  private static final int MAX_REASON = 200;

  private final Log log;
  private final String upstream;
  private final LongSupplier nanos;

  private boolean openedBefore;

  /** Whether a lost connection was logged, but no reconnect yet. */
  private boolean lossLogged;

  /** The number of lost or failed connections since the last line about one. */
  private long lossesSinceLine;

  private OptionalLong lossLoggedAt = OptionalLong.empty();
  private OptionalLong refusalLoggedAt = OptionalLong.empty();

  /**
   * Creates a log without a problem.
   *
   * @param upstream the address of the upstream, without secrets
   * @param nanos a monotonic clock
   */
  RelayLog(Log log, String upstream, LongSupplier nanos) {
    this.log = log;
    this.upstream = upstream;
    this.nanos = nanos;
  }

  /** Logs the first connection that is opened. */
  void opened(String topic) {
    if (!openedBefore) {
      openedBefore = true;
      log.line("Relaying " + upstream + " to the topic " + topic);
    }
  }

  /** Logs a reconnect and its resumed events, if the loss of the connection was logged. */
  void resumed(long resumed, long duplicates) {
    if (lossLogged) {
      lossLogged = false;
      log.line(
          "Reconnected to the relay's upstream %s: %d events resumed, %d duplicates skipped"
              .formatted(upstream, resumed, duplicates));
    }
  }

  /**
   * Logs a skipped event.
   *
   * @param number the number of skipped events so far
   */
  void refused(long number, String reason) {
    if (isDue(refusalLoggedAt)) {
      refusalLoggedAt = OptionalLong.of(nanos.getAsLong());
      log.line(
          "Skipped an event of the relay's upstream %s (%d so far): %s"
              .formatted(upstream, number, oneLine(reason)));
    }
  }

  /**
   * Logs a lost or failed connection.
   *
   * @param wasHealthy whether to log it in any case
   */
  void lost(boolean wasHealthy, String reason, Duration wait) {
    lossesSinceLine++;
    if (!wasHealthy && !isDue(lossLoggedAt)) {
      return;
    }
    String times =
        lossesSinceLine > 1 ? " (%d times since the last message)".formatted(lossesSinceLine) : "";
    log.line(
        "Lost the relay's upstream %s%s: %s. Retrying in %s"
            .formatted(upstream, times, reason, seconds(wait)));
    lossLogged = true;
    lossesSinceLine = 0;
    lossLoggedAt = OptionalLong.of(nanos.getAsLong());
  }

  /** Logs that the relay has ended on its own. */
  void ended(String reason) {
    log.line("The relay of %s has ended: %s".formatted(upstream, reason));
  }

  private boolean isDue(OptionalLong loggedAt) {
    return loggedAt.isEmpty()
        || nanos.getAsLong() - loggedAt.getAsLong() >= BETWEEN_LINES.toNanos();
  }

  static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
  }

  static String oneLine(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() > MAX_REASON ? line.substring(0, MAX_REASON) + "…" : line;
  }
}
