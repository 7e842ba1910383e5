package dev.ssebroker.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Says on standard error how far a command has come, once per second at most. Used by one thread.
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
   * Begins now.
   *
   * @param shown whether anything is said but messages
   * @param rewritten whether each line takes the place of the one before, as a terminal can
   * @param clock in nanoseconds
   */
  Progress(PrintWriter err, boolean shown, boolean rewritten, LongSupplier clock) {
    this.err = err;
    this.shown = shown;
    this.rewritten = rewritten;
    this.clock = clock;
    this.start = clock.getAsLong();
    this.lastShown = start;
  }

  /** Says how many events were sent, unless it did so within the last second. */
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

  /** Says something in a line of its own. */
  void message(String line) {
    clear();
    err.println(line);
  }

  /** Takes the last line away, if it would be rewritten. */
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
