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

/** A relay's time, in a test's hands: nothing happens before it is told to. */
final class ManualTimer implements RelayTimer {
  private record Task(Duration delay, Runnable run) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();

  // All below is guarded by the lock.
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

  void pass(Duration time) {
    lock.lock();
    try {
      nanoTime += time.toNanos();
    } finally {
      lock.unlock();
    }
  }

  /** Lets the time of the next connection come, waiting for it to be asked for. */
  Duration runNextTry() throws InterruptedException {
    return run(delay -> !delay.equals(Relay.SETTLING));
  }

  /** Lets the time come when a connection has settled; forgets those before the last one. */
  void runSettling() throws InterruptedException {
    run(delay -> delay.equals(Relay.SETTLING));
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
    pass(task.delay);
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
      return fail("nothing is waited for");
    } finally {
      lock.unlock();
    }
  }
}
