package dev.ssebroker.demo;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs a task at a fixed rate on its own thread, which keeps the process alive. The first run is
 * one interval after the start, or after a change of the interval. Thread-safe.
 */
final class Ticker implements AutoCloseable {
  /*
   * No drift. Due times are start + n * interval, however long the task and the scheduler take.
   *
   * No bursts. Due times that pass while the task runs are skipped.
   *
   * Plans. A demo with a shared log replaces the plan, which computes the due times.
   */
  private final Plan plan;
  private final Runnable task;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by the lock.
  private long interval;
  private long due;
  private boolean closed;

  /** Computes the due times. */
  @FunctionalInterface
  interface Plan {
    /**
     * Returns the next due time, which is after now. All times are those of {@link
     * System#nanoTime}.
     *
     * @param lastDue the due time of the last run; now if there was none at this interval
     */
    long next(long lastDue, long interval, long now);
  }

  private Ticker(String name, Duration interval, Plan plan, Runnable task) {
    this.thread = new Thread(this::run, name);
    this.interval = interval.toNanos();
    this.plan = plan;
    this.due = first(this.interval);
    this.task = task;
  }

  /**
   * Starts a ticker.
   *
   * @param name the name of the thread
   * @param task the task, which must not throw
   */
  static Ticker start(String name, Duration interval, Runnable task) {
    return start(name, interval, Ticker::next, task);
  }

  /** Starts a ticker with its own plan. The task must not throw. */
  static Ticker start(String name, Duration interval, Plan plan, Runnable task) {
    Ticker ticker = new Ticker(name, interval, plan, task);
    ticker.thread.start();
    return ticker;
  }

  private long first(long interval) {
    long now = System.nanoTime();
    return plan.next(now, interval, now);
  }

  private void run() {
    try {
      while (awaitDue()) {
        task.run();
        plan();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns false if the ticker is closed. */
  private boolean awaitDue() throws InterruptedException {
    lock.lock();
    try {
      long remaining = due - System.nanoTime();
      while (!closed && remaining > 0) {
        changed.awaitNanos(remaining);
        remaining = due - System.nanoTime();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void plan() {
    lock.lock();
    try {
      long now = System.nanoTime();
      // Not yet due if the interval was changed while the task ran.
      if (due - now <= 0) {
        due = plan.next(due, interval, now);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns the first due time that is after the last one and not before now. */
  static long next(long lastDue, long interval, long now) {
    long late = Math.max(0, now - lastDue - 1);
    return lastDue + interval + late / interval * interval;
  }

  /** Returns the time between two runs. */
  Duration interval() {
    lock.lock();
    try {
      return Duration.ofNanos(interval);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Changes the interval. The next run is one interval from now, unless the plan differs. Does not
   * wait for a running task.
   */
  void changeTo(Duration interval) {
    lock.lock();
    try {
      this.interval = interval.toNanos();
      this.due = first(this.interval);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Stops the ticker and waits for a running task. An interrupt ends the wait. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
