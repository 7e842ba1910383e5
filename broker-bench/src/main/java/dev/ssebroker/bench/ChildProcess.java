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

/** A child process. It ends with this process at the latest, together with its own children. */
final class ChildProcess implements AutoCloseable {
  private static final int MAX_LINES = 1000;
  private static final int CLOSE_SECONDS = 10;
  private static final Set<ChildProcess> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(ChildProcess::close), "end-children"));
  }

  private final Process process;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** The first lines. Guarded by the lock. */
  private final List<String> lines = new ArrayList<>();

  /** Guarded by the lock. */
  private String lastLine = "";

  /** Guarded by the lock. */
  private boolean ended;

  private ChildProcess(Process process) {
    this.process = process;
  }

  /** Starts a process. Its output is read all the time, so that it never blocks. */
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
        add(line);
      }
    } catch (IOException e) {
      // The process was destroyed.
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

  private void add(String line) {
    lock.lock();
    try {
      if (lines.size() < MAX_LINES) {
        lines.add(line);
      }
      lastLine = line.isBlank() ? lastLine : line;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a line with this prefix; empty if the process ends or the wait times out. */
  Optional<String> awaitLine(String prefix, int seconds) throws InterruptedException {
    long remaining = TimeUnit.SECONDS.toNanos(seconds);
    lock.lock();
    try {
      while (true) {
        Optional<String> line = line(prefix);
        if (line.isPresent() || ended || remaining <= 0) {
          return line;
        }
        remaining = changed.awaitNanos(remaining);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns the first line with this prefix. */
  Optional<String> line(String prefix) {
    lock.lock();
    try {
      return lines.stream().filter(line -> line.startsWith(prefix)).findFirst();
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

  /** Waits for the end of the process. Returns false if the wait times out. */
  boolean awaitEnd(int seconds) throws InterruptedException {
    boolean exited = process.waitFor(seconds, TimeUnit.SECONDS);
    if (exited) {
      awaitOutput();
    }
    return exited;
  }

  private void awaitOutput() throws InterruptedException {
    lock.lock();
    try {
      long remaining = TimeUnit.SECONDS.toNanos(1);
      while (!ended && remaining > 0) {
        remaining = changed.awaitNanos(remaining);
      }
    } finally {
      lock.unlock();
    }
  }

  long pid() {
    return process.pid();
  }

  /** Returns the exit code. Throws an IllegalThreadStateException if the process is running. */
  int exitCode() {
    return process.exitValue();
  }

  /** Terminates the process and its children, forcibly if necessary. */
  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    process.destroy();
    boolean interrupted = false;
    try {
      process.waitFor(CLOSE_SECONDS, TimeUnit.SECONDS);
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
