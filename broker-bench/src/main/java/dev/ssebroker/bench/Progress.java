package dev.ssebroker.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Shows the progress of a run: on a terminal one line that is rewritten every second, elsewhere a
 * line every five seconds. Used by one thread at a time.
 */
final class Progress {
  private static final long TERMINAL_NANOS = 1_000_000_000L;
  private static final long FILE_NANOS = 5_000_000_000L;

  private final PrintWriter out;
  private final boolean terminal;
  private final long period;
  private final long start = System.nanoTime();
  private long shown = start;
  private long lastReceived;
  private boolean open;

  /**
   * Creates the progress of a run that starts now.
   *
   * @param out the output
   * @param terminal whether lines of the output can be rewritten
   */
  Progress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
    this.period = terminal ? TERMINAL_NANOS : FILE_NANOS;
  }

  /** Returns whether standard error is a terminal; false if this is unknown. */
  static boolean isErrorTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  /** Shows the progress, if the period has passed. */
  void show(String phase, int connected, int ended, long received) {
    long now = System.nanoTime();
    if (now - shown < period) {
      return;
    }
    double rate = (received - lastReceived) / ((now - shown) / 1e9);
    String line =
        String.format(
            Locale.ROOT,
            "%3.0f s  %s: %,d connected%s, %,d events, %,.0f per second",
            (now - start) / 1e9,
            phase,
            connected,
            ended == 0 ? "" : String.format(Locale.ROOT, ", %,d ended", ended),
            received,
            rate);
    shown = now;
    lastReceived = received;
    if (terminal) {
      out.print("\r\033[K" + line);
      open = true;
    } else {
      out.println(line);
    }
    out.flush();
  }

  /** Removes the progress line, so that other output can follow. */
  void end() {
    if (open) {
      out.print("\r\033[K");
      out.flush();
      open = false;
    }
  }
}
