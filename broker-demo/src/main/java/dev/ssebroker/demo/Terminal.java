package dev.ssebroker.demo;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Detects whether a standard stream of this process is a terminal. */
final class Terminal {
  /*
   * Linux exposes each stream in /proc. The JDK has only a console, for standard input and output
   * together, which is the fallback elsewhere. Since Java 22, a console need not be a terminal; its
   * method isTerminal distinguishes them.
   */
  private Terminal() {}

  /**
   * Returns whether a stream is a terminal.
   *
   * @param descriptor 1 for standard output, 2 for standard error
   */
  static boolean is(int descriptor) {
    Path link = Path.of("/proc/self/fd/" + descriptor);
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return hasConsole();
    }
  }

  @SuppressWarnings("SystemConsoleNull") // It is null before Java 22.
  private static boolean hasConsole() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
