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
 * What a command has to do with besides its arguments.
 *
 * @param environment the environment's variables
 * @param in standard input
 * @param out standard output
 * @param err standard error; flushes each line
 * @param outIsTerminal whether somebody looks at standard output
 * @param errIsTerminal whether somebody looks at standard error
 * @param pause how a command waits
 * @param random numbers from 0, inclusive, to 1, exclusive
 */
record Surroundings(
    Map<String, String> environment,
    InputStream in,
    PrintStream out,
    PrintWriter err,
    boolean outIsTerminal,
    boolean errIsTerminal,
    Pause pause,
    DoubleSupplier random) {

  /** Something that waits. */
  @FunctionalInterface
  interface Pause {
    void pause(Duration time) throws InterruptedException;
  }

  /**
   * Returns those of this process. What goes elsewhere than to a terminal is written in UTF-8,
   * whatever the locale is: in the one of most containers, a character beyond ASCII would be lost.
   */
  static Surroundings ofProcess() {
    boolean outIsTerminal = Terminal.is(1);
    Charset charset = outIsTerminal ? System.out.charset() : StandardCharsets.UTF_8;
    return new Surroundings(
        System.getenv(),
        System.in,
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, charset),
        new PrintWriter(System.err, true, System.err.charset()),
        outIsTerminal,
        Terminal.is(2),
        Thread::sleep,
        () -> ThreadLocalRandom.current().nextDouble());
  }

  /** A writer of lines to standard output. */
  PrintWriter outLines() {
    return new PrintWriter(out, true, out.charset());
  }
}
