package dev.ssebroker.demo;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * The context in which a command runs.
 *
 * @param environment the environment variables
 * @param in standard input
 * @param out standard output
 * @param err standard error; flushes each line
 * @param outIsTerminal whether standard output is a terminal
 * @param errIsTerminal whether standard error is a terminal
 * @param pause waits for a duration
 * @param random numbers from 0, inclusive, to 1, exclusive
 */
record CommandContext(
    Map<String, String> environment,
    InputStream in,
    PrintStream out,
    PrintWriter err,
    boolean outIsTerminal,
    boolean errIsTerminal,
    Pause pause,
    DoubleSupplier random) {

  /** Waits for a duration. */
  @FunctionalInterface
  interface Pause {
    void pause(Duration time) throws InterruptedException;
  }

  /**
   * Returns the context of this process. Output that does not go to a terminal is UTF-8 in every
   * locale: the default locale of most containers would lose characters beyond ASCII.
   */
  static CommandContext ofProcess() {
    boolean outIsTerminal = Terminal.is(1);
    Charset charset = outIsTerminal ? System.out.charset() : StandardCharsets.UTF_8;
    return new CommandContext(
        System.getenv(),
        System.in,
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, charset),
        new PrintWriter(System.err, true, System.err.charset()),
        outIsTerminal,
        Terminal.is(2),
        Thread::sleep,
        () -> ThreadLocalRandom.current().nextDouble());
  }

  /** Returns a writer to standard output that flushes each line. */
  PrintWriter outLines() {
    return new PrintWriter(out, true, out.charset());
  }
}
