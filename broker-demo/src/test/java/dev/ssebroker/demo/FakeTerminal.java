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
 * Runs a command with fake streams. By default the command does not wait, and a test can await its
 * lines.
 */
final class FakeTerminal {
  private static final long PATIENCE_SECONDS = 20;

  /** The number of pauses after which a command counts as an endless loop. */
  private static final int MAX_PAUSES = 10_000;

  final Lines out = new Lines();
  final Lines err = new Lines();
  final List<Duration> pauses = new CopyOnWriteArrayList<>();
  private final CommandContext context;

  FakeTerminal(Map<String, String> environment, InputStream in, CommandContext.Pause pause) {
    this(environment, in, pause, false);
  }

  FakeTerminal(
      Map<String, String> environment,
      InputStream in,
      CommandContext.Pause pause,
      boolean terminal) {
    context =
        new CommandContext(
            environment,
            in,
            new PrintStream(out, true, UTF_8),
            new PrintWriter(new OutputStreamWriter(err, UTF_8), true),
            terminal,
            terminal,
            time -> {
              pauses.add(time);
              if (pauses.size() > MAX_PAUSES) {
                throw new InterruptedException("too many pauses");
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
    return DemoCommand.run(context, args);
  }

  /** An output stream whose lines can be awaited. */
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

    /** Makes all further writes fail, as a broken pipe does. */
    void breakPipe() {
      closed = true;
    }

    /** Waits for the next line and takes it. */
    String next() throws InterruptedException {
      String next = lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("there is no line");
      }
      return next;
    }

    /** Returns everything that was written, taken or not. */
    synchronized String text() {
      return all.toString(UTF_8);
    }

    /** Returns all lines, taken or not. */
    List<String> list() {
      return text().lines().toList();
    }
  }
}
