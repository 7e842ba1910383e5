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

/** The demo's jar in its own process, run by the Java of the tests, with its standard error. */
final class DemoProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final Process process;
  private final Thread reader = new Thread(this::read, "demo-stderr");
  private final BlockingQueue<String> unread = new LinkedBlockingQueue<>();

  /** When the signal was sent. Used by the test thread only. */
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

  /** Waits for the lines of the start and returns the address that they name. */
  URI awaitStart() throws InterruptedException {
    String url = awaitLine("Listening\\. Open (https?://\\S+) in a browser").group(1);
    awaitLine("or print the raw stream: curl -N " + Pattern.quote(url) + "/");
    awaitLine("Press Ctrl-C to stop");
    return URI.create(url);
  }

  /** Takes the next line, which must match the pattern after its date and time. */
  MatchResult awaitLine(String form) throws InterruptedException {
    String line = unread.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (line == null) {
      return fail("there is no line; expected: " + form);
    }
    Matcher matcher = afterTime(form).matcher(line);
    assertTrue(matcher.matches(), () -> "'" + line + "' does not match: " + form);
    return matcher.toMatchResult();
  }

  /** Takes lines up to one that matches. For lines whose order is not defined. */
  MatchResult skipTo(String form) throws InterruptedException {
    String line = unread.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    while (line != null) {
      Matcher matcher = afterTime(form).matcher(line);
      if (matcher.matches()) {
        return matcher.toMatchResult();
      }
      line = unread.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    return fail("there is no line; expected: " + form);
  }

  private static Pattern afterTime(String form) {
    return Pattern.compile("\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d " + form);
  }

  /** Sends the signal that a service manager sends to stop the process. */
  void signal() {
    // Not Process.destroy(), which would also close the pipes.
    process.toHandle().destroy();
    signalled = System.nanoTime();
  }

  /** Waits for the end of the process, up to a time after the signal. Returns the exit code. */
  int awaitExitWithin(Duration time) throws InterruptedException {
    long remaining = time.toNanos() - (System.nanoTime() - signalled);
    assertTrue(process.waitFor(remaining, TimeUnit.NANOSECONDS), "the process is still running");
    return awaitExit();
  }

  /** Waits for the end of the process. Returns the exit code. */
  int awaitExit() throws InterruptedException {
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "the process is still running");
    reader.join();
    return process.exitValue();
  }

  /** Returns all remaining lines of a process that has ended. */
  List<String> unreadLines() {
    return List.copyOf(unread);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
