package dev.ssebroker.demo;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs a task at a fixed rate on a thread of its own, which keeps the process alive. The first run
 * is one interval after the start.
 */
final class Ticker implements AutoCloseable {
  /*
   * Due times are start + n * interval, whatever the task and the scheduler take: no drift. A due
   * time that has passed when the task comes back is left out, not made up for: a ticker that was
   * held up does not burst.
   */
  private final Runnable task;
  private final long interval;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "ticker");

  private Ticker(Duration interval, Runnable task) {
    this.interval = interval.toNanos();
    this.task = task;
  }

  /** The task must not throw. */
  static Ticker start(Duration interval, Runnable task) {
    Ticker ticker = new Ticker(interval, task);
    ticker.thread.start();
    return ticker;
  }

  private void run() {
    long due = System.nanoTime() + interval;
    try {
      while (!stop.await(due - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        task.run();
        due = next(due, interval, System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the first due time after the one that was served and not before now. */
  static long next(long served, long interval, long now) {
    long late = Math.max(0, now - served - 1);
    return served + interval + late / interval * interval;
  }

  /** Returns when the task has run for the last time. An interrupt cuts the waiting short. */
  @Override
  public void close() {
    stop.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
