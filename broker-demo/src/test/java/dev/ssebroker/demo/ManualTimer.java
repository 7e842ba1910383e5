package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** A timer for a relay that runs its tasks only when a test says so. */
final class ManualTimer implements RelayTimer {
  private record Task(Duration delay, Runnable run) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();

  // The fields below are guarded by the lock.
  private final Queue<Task> tasks = new ArrayDeque<>();
  private long nanoTime;
  private boolean closed;

  @Override
  public long nanoTime() {
    lock.lock();
    try {
      return nanoTime;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void after(Duration delay, Runnable task) {
    lock.lock();
    try {
      if (!closed) {
        tasks.add(new Task(delay, task));
        added.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      tasks.clear();
    } finally {
      lock.unlock();
    }
  }

  void advance(Duration time) {
    lock.lock();
    try {
      nanoTime += time.toNanos();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next scheduled attempt to connect, and runs it. Returns its delay. */
  Duration runNextAttempt() throws InterruptedException {
    return run(delay -> !delay.equals(Relay.RESUME_WINDOW));
  }

  /** Waits for the end of the next resume window, and runs its task. */
  void runResumeWindow() throws InterruptedException {
    run(delay -> delay.equals(Relay.RESUME_WINDOW));
  }

  boolean isIdle() {
    lock.lock();
    try {
      return tasks.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private Duration run(Predicate<Duration> wanted) throws InterruptedException {
    Task task = take(wanted);
    advance(task.delay);
    task.run.run();
    return task.delay;
  }

  private Task take(Predicate<Duration> wanted) throws InterruptedException {
    lock.lock();
    try {
      long nanos = TimeUnit.SECONDS.toNanos(20);
      while (nanos > 0) {
        for (Iterator<Task> each = tasks.iterator(); each.hasNext(); ) {
          Task task = each.next();
          if (wanted.test(task.delay)) {
            each.remove();
            return task;
          }
        }
        nanos = added.awaitNanos(nanos);
      }
      return fail("no task is scheduled");
    } finally {
      lock.unlock();
    }
  }
}
