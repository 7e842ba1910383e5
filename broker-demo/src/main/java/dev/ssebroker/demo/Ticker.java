package dev.ssebroker.demo;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs a task at a fixed rate on a thread of its own, which keeps the process alive. The first run
 * is one interval after the start, or after a change of the interval. Thread-safe.
 */
final class Ticker implements AutoCloseable {
  /*
   * Due times are start + n * interval, whatever the task and the scheduler take: no drift. A due
   * time that has passed when the task comes back is left out, not made up for: a ticker that was
   * held up does not burst. Whoever shares a log says by a plan of its own when the next run is due.
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

  /** Says when the next run is due. */
  @FunctionalInterface
  interface Plan {
    /**
     * Returns a time behind now, all in nanoseconds of {@link System#nanoTime}.
     *
     * @param served when the last run was due; now if there was none at this interval
     */
    long next(long served, long interval, long now);
  }

  private Ticker(String name, Duration interval, Plan plan, Runnable task) {
    this.thread = new Thread(this::run, name);
    this.interval = interval.toNanos();
    this.plan = plan;
    this.due = first(this.interval);
    this.task = task;
  }

  /**
   * Begins to run a task, which must not throw.
   *
   * @param name the thread's
   */
  static Ticker start(String name, Duration interval, Runnable task) {
    return start(name, interval, Ticker::next, task);
  }

  /** Begins to run a task, which must not throw, by a plan of one's own. */
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
      long left = due - System.nanoTime();
      while (!closed && left > 0) {
        changed.awaitNanos(left);
        left = due - System.nanoTime();
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
      // Still to come if the interval was changed while the task ran.
      if (due - now <= 0) {
        due = plan.next(due, interval, now);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns the first due time after the one that was served and not before now. */
  static long next(long served, long interval, long now) {
    long late = Math.max(0, now - served - 1);
    return served + interval + late / interval * interval;
  }

  /** The time from one run to the next. */
  Duration interval() {
    lock.lock();
    try {
      return Duration.ofNanos(interval);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Changes the interval; the next run is one interval from now, or as the plan says. Does not wait
   * for a run.
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

  /** Returns when the task has run for the last time. An interrupt cuts the waiting short. */
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
