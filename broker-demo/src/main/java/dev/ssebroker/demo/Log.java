package dev.ssebroker.demo;

import java.io.PrintWriter;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The log of the demo: one line per message, with date and time. Thread-safe.
 *
 * <p>It does not use java.util.logging, which closes its handlers when the shutdown begins. The
 * demo still logs the clients that it removes then.
 */
final class Log {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu/MM/dd HH:mm:ss", Locale.ROOT);

  private final PrintWriter out;

  /** Creates a log. The writer must flush each line. */
  Log(PrintWriter out) {
    this.out = out;
  }

  /** Gives java.util.logging the same format. Must be called before anything is logged. */
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
