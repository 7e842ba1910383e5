package dev.ssebroker.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Prints the progress of a command to standard error, at most once a second. Used by one thread.
 */
final class Progress {
  private static final long EVERY_NANOS = Duration.ofSeconds(1).toNanos();

  private final PrintWriter err;
  private final boolean shown;
  private final boolean rewritten;
  private final LongSupplier clock;
  private final long start;
  private long lastShown;
  private long lastCount;
  private boolean open;

  /**
   * Creates the progress of a command that starts now.
   *
   * @param shown whether to print the progress; messages are always printed
   * @param rewritten whether each line replaces the previous one, as on a terminal
   * @param clock a monotonic clock in nanoseconds
   */
  Progress(PrintWriter err, boolean shown, boolean rewritten, LongSupplier clock) {
    this.err = err;
    this.shown = shown;
    this.rewritten = rewritten;
    this.clock = clock;
    this.start = clock.getAsLong();
    this.lastShown = start;
  }

  /** Prints how many events were sent, unless it has done so within the last second. */
  void count(long events) {
    long now = clock.getAsLong();
    if (!shown || now - lastShown < EVERY_NANOS) {
      return;
    }
    double perSecond = (events - lastCount) * 1e9 / (now - lastShown);
    lastShown = now;
    lastCount = events;
    String line = String.format(Locale.ROOT, "%d events, %.0f per second", events, perSecond);
    if (rewritten) {
      err.print("\r\u001b[K" + line);
      err.flush();
      open = true;
    } else {
      err.println(line);
    }
  }

  /** Prints a message on its own line. */
  void message(String line) {
    clear();
    err.println(line);
  }

  /** Removes the progress line, if there is one. */
  void clear() {
    if (open) {
      err.print("\r\u001b[K");
      err.flush();
      open = false;
    }
  }

  double seconds() {
    return (clock.getAsLong() - start) / 1e9;
  }
}
