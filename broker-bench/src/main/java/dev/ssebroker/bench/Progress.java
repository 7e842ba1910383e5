package dev.ssebroker.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Says how a run goes on: one line that is written anew every second on a terminal, a line every
 * five seconds elsewhere. One thread at a time.
 */
final class Progress {
  private static final long TERMINAL_NANOS = 1_000_000_000L;
  private static final long FILE_NANOS = 5_000_000_000L;

  private final PrintWriter out;
  private final boolean terminal;
  private final long period;
  private final long begin = System.nanoTime();
  private long shown = begin;
  private long receivedThen;
  private boolean open;

  /**
   * Creates one.
   *
   * @param out where the lines go
   * @param terminal whether a line there can be written anew
   */
  Progress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
    this.period = terminal ? TERMINAL_NANOS : FILE_NANOS;
  }

  /** Says whether the standard error output is a terminal; where this cannot be known, no. */
  static boolean isErrorTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  /** Says what is the case, if it is time to. */
  void show(String phase, int connected, int ended, long received) {
    long now = System.nanoTime();
    if (now - shown < period) {
      return;
    }
    double rate = (received - receivedThen) / ((now - shown) / 1e9);
    String line =
        String.format(
            Locale.ROOT,
            "%3.0f s  %s: %,d connected%s, %,d events, %,.0f a second",
            (now - begin) / 1e9,
            phase,
            connected,
            ended == 0 ? "" : String.format(Locale.ROOT, ", %,d ended", ended),
            received,
            rate);
    shown = now;
    receivedThen = received;
    if (terminal) {
      out.print("\r\033[K" + line);
      open = true;
    } else {
      out.println(line);
    }
    out.flush();
  }

  /** Leaves the line, so that others can write. */
  void end() {
    if (open) {
      out.print("\r\033[K");
      out.flush();
      open = false;
    }
  }
}
