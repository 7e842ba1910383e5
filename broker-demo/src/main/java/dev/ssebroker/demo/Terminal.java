package dev.ssebroker.demo;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells whether a standard stream of this process is a terminal. */
final class Terminal {
  /*
   * The JDK knows of a console only, which is standard input and output together. Linux says it of
   * each stream. Elsewhere the console decides; from Java 22 on there may be one that is no
   * terminal, which the method isTerminal tells.
   */
  private Terminal() {}

  /**
   * Asks for one stream.
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
