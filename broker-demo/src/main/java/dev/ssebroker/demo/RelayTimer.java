package dev.ssebroker.demo;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;

/** The clock and timer of a relay. Tests replace it. */
interface RelayTimer extends AutoCloseable {

  /** Returns a monotonic time in nanoseconds, see {@link System#nanoTime}. */
  long nanoTime();

  /** Runs a task after a delay, on the timer's thread. Does nothing once the timer is closed. */
  void after(Duration delay, Runnable task);

  /** Cancels all pending tasks. Does not wait for a running task. */
  @Override
  void close();

  /** Starts a timer with a daemon thread. */
  static RelayTimer start() {
    ScheduledThreadPoolExecutor thread =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("relay-timer").factory(), new DiscardPolicy());
    return new RelayTimer() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      @SuppressWarnings("FutureReturnValueIgnored")
      public void after(Duration delay, Runnable task) {
        thread.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
      }

      @Override
      public void close() {
        thread.shutdownNow();
      }
    };
  }
}
