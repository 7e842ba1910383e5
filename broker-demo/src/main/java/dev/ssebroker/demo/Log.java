package dev.ssebroker.demo;

import java.io.PrintWriter;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The demo's log: one line each for what happens, behind date and time. Thread-safe.
 *
 * <p>It writes by itself, since java.util.logging closes its handlers as soon as the process begins
 * to end, and the clients that are removed then are to be seen.
 */
final class Log {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu/MM/dd HH:mm:ss", Locale.ROOT);

  private final PrintWriter out;

  /** The writer is expected to flush each line. */
  Log(PrintWriter out) {
    this.out = out;
  }

  /** Gives the lines of java.util.logging the same form. To be called before anything is logged. */
  static void formatLibraryLines() {
    String key = "java.util.logging.SimpleFormatter.format";
    if (System.getProperty(key) == null) {
      System.setProperty(key, "%1$tY/%1$tm/%1$td %1$tH:%1$tM:%1$tS %5$s%6$s%n");
    }
  }

  void line(String text) {
    out.println(TIME.format(LocalDateTime.now(ZoneId.systemDefault())) + " " + text);
  }

  void clientAdded(int clients) {
    line("Client added. " + clients + " registered clients");
  }

  void clientEnded(int clients) {
    line("Removed client. " + clients + " registered clients");
  }
}
