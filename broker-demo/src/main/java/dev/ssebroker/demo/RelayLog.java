package dev.ssebroker.demo;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * What a relay says in the log. Trouble that lasts is a line a minute. Not thread-safe: the relay
 * calls it under its lock.
 */
final class RelayLog {
  private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

  /** What an upstream sends may stand in a reason; the log's lines stay readable. */
  private static final int MAX_REASON = 200;

  private final Log log;
  private final String upstream;
  private final LongSupplier nanos;

  private boolean openedBefore;

  /** Whether the log has a loss whose end it does not have. */
  private boolean lossTold;

  /** The number of connections that were lost, or did not come about, since the log's last line. */
  private long untoldLosses;

  private OptionalLong lossToldAt = OptionalLong.empty();
  private OptionalLong refusalToldAt = OptionalLong.empty();

  /**
   * Begins with all well.
   *
   * @param upstream its address, without secrets
   * @param nanos a clock that only rises
   */
  RelayLog(Log log, String upstream, LongSupplier nanos) {
    this.log = log;
    this.upstream = upstream;
    this.nanos = nanos;
  }

  /** A connection has been opened: of these, the first is told. */
  void opened(String topic) {
    if (!openedBefore) {
      openedBefore = true;
      log.line("Relaying " + upstream + " to the topic " + topic);
    }
  }

  /** A connection has had the time to bring what was missed: told if its loss was. */
  void settled(long resumed, long duplicates) {
    if (lossTold) {
      lossTold = false;
      log.line(
          "The relay's upstream %s is back: %d resumed, %d left out that had come before"
              .formatted(upstream, resumed, duplicates));
    }
  }

  /**
   * An event was left out.
   *
   * @param number how many were so far
   */
  void refused(long number, String reason) {
    if (isDue(refusalToldAt)) {
      refusalToldAt = OptionalLong.of(nanos.getAsLong());
      log.line(
          "An event of the relay's upstream %s is left out, number %d so far: %s"
              .formatted(upstream, number, oneLine(reason)));
    }
  }

  /**
   * A connection was lost, or did not come about.
   *
   * @param wasHealthy whether it is told in any case
   */
  void lost(boolean wasHealthy, String reason, Duration wait) {
    untoldLosses++;
    if (!wasHealthy && !isDue(lossToldAt)) {
      return;
    }
    String times =
        untoldLosses > 1 ? " (%d times since the last such line)".formatted(untoldLosses) : "";
    log.line(
        "The relay's upstream %s is lost%s: %s. The next try comes in %s"
            .formatted(upstream, times, reason, seconds(wait)));
    lossTold = true;
    untoldLosses = 0;
    lossToldAt = OptionalLong.of(nanos.getAsLong());
  }

  /** The relay has ended by itself. */
  void ended(String reason) {
    log.line("The relay of %s has ended: %s".formatted(upstream, reason));
  }

  private boolean isDue(OptionalLong toldAt) {
    return toldAt.isEmpty() || nanos.getAsLong() - toldAt.getAsLong() >= BETWEEN_LINES.toNanos();
  }

  static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
  }

  static String oneLine(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() > MAX_REASON ? line.substring(0, MAX_REASON) + "…" : line;
  }
}
