package dev.ssebroker.demo;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;

/** What a relay knows of time. Tests have one of their own. */
interface RelayTimer extends AutoCloseable {

  /** Returns a time in nanoseconds that only rises; comparable with another one only. */
  long nanoTime();

  /** Runs the task later, on the timer's thread. Does nothing once the timer is closed. */
  void after(Duration delay, Runnable task);

  /** Runs nothing more. Does not wait for a task that is running. */
  @Override
  void close();

  /** Starts a timer with a thread that does not keep the process alive. */
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
