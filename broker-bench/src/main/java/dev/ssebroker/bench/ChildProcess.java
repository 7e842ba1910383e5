package dev.ssebroker.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A process that ends with this one at the latest, together with those that it has started. */
final class ChildProcess implements AutoCloseable {
  private static final int LINES_KEPT = 1000;
  private static final int SECONDS_TO_END = 10;
  private static final Set<ChildProcess> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(ChildProcess::close), "end-children"));
  }

  private final Process process;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** The first ones. Guarded by the lock. */
  private final List<String> lines = new ArrayList<>();

  /** Guarded by the lock. */
  private String lastLine = "";

  /** Guarded by the lock. */
  private boolean ended;

  private ChildProcess(Process process) {
    this.process = process;
  }

  /** Starts one. What it writes is read, so that it never waits. */
  static ChildProcess start(List<String> command, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    ChildProcess child = new ChildProcess(builder.start());
    RUNNING.add(child);
    Thread reader = new Thread(child::read, "read-" + child.process.pid());
    reader.setDaemon(true);
    reader.start();
    return child;
  }

  private void read() {
    try (BufferedReader in = process.inputReader()) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        take(line);
      }
    } catch (IOException e) {
      // It was ended.
    } finally {
      lock.lock();
      try {
        ended = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private void take(String line) {
    lock.lock();
    try {
      if (lines.size() < LINES_KEPT) {
        lines.add(line);
      }
      lastLine = line.isBlank() ? lastLine : line;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a line that begins so; empty if the process ended or the time is over. */
  Optional<String> awaitLine(String start, int seconds) throws InterruptedException {
    long left = TimeUnit.SECONDS.toNanos(seconds);
    lock.lock();
    try {
      while (true) {
        Optional<String> line = line(start);
        if (line.isPresent() || ended || left <= 0) {
          return line;
        }
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns the first line that begins so. */
  Optional<String> line(String start) {
    lock.lock();
    try {
      return lines.stream().filter(line -> line.startsWith(start)).findFirst();
    } finally {
      lock.unlock();
    }
  }

  /** Returns the last line that is not blank. */
  String lastLine() {
    lock.lock();
    try {
      return lastLine;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the end; says whether it came in time. */
  boolean awaitEnd(int seconds) throws InterruptedException {
    boolean over = process.waitFor(seconds, TimeUnit.SECONDS);
    if (over) {
      awaitOutput();
    }
    return over;
  }

  private void awaitOutput() throws InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.SECONDS.toNanos(1);
      while (!ended && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  long pid() {
    return process.pid();
  }

  /** Returns the exit code; throws an IllegalThreadStateException if it has not ended. */
  int exitCode() {
    return process.exitValue();
  }

  /** Asks it to end, and makes it end if it does not. */
  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    process.destroy();
    boolean interrupted = false;
    try {
      process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    all.forEach(ProcessHandle::destroyForcibly);
    RUNNING.remove(this);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
