package dev.ssebroker.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What a command has to do with, in a test: it waits for nothing unless it is told to, and its
 * lines can be awaited.
 */
final class FakeTerminal {
  private static final long PATIENCE_SECONDS = 20;

  /** How often a command may wait before a test is taken for endless. */
  private static final int MAX_PAUSES = 10_000;

  final Lines out = new Lines();
  final Lines err = new Lines();
  final List<Duration> pauses = new CopyOnWriteArrayList<>();
  private final Surroundings surroundings;

  FakeTerminal(Map<String, String> environment, InputStream in, Surroundings.Pause pause) {
    this(environment, in, pause, false);
  }

  FakeTerminal(
      Map<String, String> environment, InputStream in, Surroundings.Pause pause, boolean terminal) {
    surroundings =
        new Surroundings(
            environment,
            in,
            new PrintStream(out, true, UTF_8),
            new PrintWriter(new OutputStreamWriter(err, UTF_8), true),
            terminal,
            terminal,
            time -> {
              pauses.add(time);
              if (pauses.size() > MAX_PAUSES) {
                throw new InterruptedException("waits again and again");
              }
              pause.pause(time);
            },
            () -> 0.5);
  }

  static FakeTerminal of(String input) {
    return new FakeTerminal(Map.of(), new ByteArrayInputStream(input.getBytes(UTF_8)), time -> {});
  }

  static FakeTerminal withEnvironment(Map<String, String> environment) {
    return new FakeTerminal(environment, InputStream.nullInputStream(), time -> {});
  }

  int run(String... args) {
    return DemoCommand.run(surroundings, args);
  }

  /** A stream whose lines can be awaited while they are written. */
  static final class Lines extends OutputStream {
    private final ByteArrayOutputStream all = new ByteArrayOutputStream();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    @Override
    public synchronized void write(int b) throws IOException {
      if (closed) {
        throw new IOException("Broken pipe");
      }
      all.write(b);
      if (b == '\n') {
        lines.add(line.toString(UTF_8));
        line.reset();
      } else {
        line.write(b);
      }
    }

    /** From now on writing fails, as to a pipe that nobody reads. */
    void breakPipe() {
      closed = true;
    }

    /** Takes the next line; waits for it. */
    String next() throws InterruptedException {
      String next = lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("no line came");
      }
      return next;
    }

    /** All that was written, taken or not. */
    synchronized String text() {
      return all.toString(UTF_8);
    }

    /** All lines, taken or not. */
    List<String> list() {
      return text().lines().toList();
    }
  }
}
