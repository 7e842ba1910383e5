package dev.ssebroker.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The demo's jar, run by the Java that runs the tests, and what it says on standard error. */
final class DemoProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final Process process;
  private final Thread reader = new Thread(this::read, "demo-stderr");
  private final BlockingQueue<String> unread = new LinkedBlockingQueue<>();

  /** When the signal was sent. Used by the test's thread only. */
  private long signalled;

  private DemoProcess(Process process) {
    this.process = process;
  }

  static DemoProcess start(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-jar");
    command.add(System.getProperty("demo.jar", "target/broker-demo.jar"));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    DemoProcess demo = new DemoProcess(builder.start());
    demo.reader.start();
    return demo;
  }

  private void read() {
    try (BufferedReader lines = process.errorReader(UTF_8)) {
      lines.lines().forEach(unread::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the lines that a start prints and returns the address among them. */
  URI awaitStart() throws InterruptedException {
    String url = awaitLine("Listening\\. Open (https?://\\S+) in a browser").group(1);
    awaitLine("or see the raw stream: curl -N " + Pattern.quote(url) + "/");
    awaitLine("Ctrl-C stops it");
    return URI.create(url);
  }

  /** Takes the next line, which is to be of this form behind date and time. */
  MatchResult awaitLine(String form) throws InterruptedException {
    String line = unread.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (line == null) {
      return fail("no line came; expected was: " + form);
    }
    Matcher matcher = behindTime(form).matcher(line);
    assertTrue(matcher.matches(), () -> "'" + line + "' is not of the form: " + form);
    return matcher.toMatchResult();
  }

  /** Takes lines up to one of this form; for those that several threads write. */
  MatchResult skipTo(String form) throws InterruptedException {
    String line = unread.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    while (line != null) {
      Matcher matcher = behindTime(form).matcher(line);
      if (matcher.matches()) {
        return matcher.toMatchResult();
      }
      line = unread.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    return fail("no line came; expected was: " + form);
  }

  private static Pattern behindTime(String form) {
    return Pattern.compile("\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d " + form);
  }

  /** Asks the process to end, as Ctrl-C and a service manager do. */
  void signal() {
    // Not destroy() of the process, which would close the pipes, too.
    process.toHandle().destroy();
    signalled = System.nanoTime();
  }

  /** Returns the exit code of a process that ends in this time, counted from the signal. */
  int awaitExitWithin(Duration time) throws InterruptedException {
    long left = time.toNanos() - (System.nanoTime() - signalled);
    assertTrue(process.waitFor(left, TimeUnit.NANOSECONDS), "the process goes on");
    return awaitExit();
  }

  /** Returns the exit code of a process that ends by itself. */
  int awaitExit() throws InterruptedException {
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "the process goes on");
    reader.join();
    return process.exitValue();
  }

  /** Returns all lines that were not taken, once the process has ended. */
  List<String> unreadLines() {
    return List.copyOf(unread);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
