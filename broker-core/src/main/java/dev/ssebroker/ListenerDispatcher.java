package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Notifies the broker's listener: on one thread at a time, in the order of what happened. */
final class ListenerDispatcher {
  /*
   * The thread lives as long as there are notifications, so nothing is lost if a broker is closed before a
   * slow listener has received everything. If the thread cannot be started, the next notification or the
   * housekeeper tries again.
   */
  private final BrokerListener listener;
  private final BrokerThreads threads;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();

  /** The notifications that are not over, the running one included. */
  @GuardedBy("lock")
  private final Queue<Consumer<BrokerListener>> pending = new ArrayDeque<>();

  /** Whether there is a thread. */
  @GuardedBy("lock")
  private boolean running;

  ListenerDispatcher(BrokerListener listener, BrokerThreads threads) {
    this.listener = listener;
    this.threads = threads;
  }

  /** Queues a notification. Never waits for the listener. */
  void notify(Consumer<BrokerListener> notification) {
    lock.lock();
    try {
      pending.add(notification);
      startIfNeeded();
    } finally {
      lock.unlock();
    }
  }

  /** Starts the thread if that failed before. */
  void retry() {
    lock.lock();
    try {
      startIfNeeded();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void startIfNeeded() {
    if (!running && !pending.isEmpty()) {
      try {
        threads.startVirtual("sse-listener", this::run);
        running = true;
      } catch (RuntimeException | Error e) {
        Broker.LOG.log(Level.WARNING, "No thread for the listener; the broker tries again", e);
      }
    }
  }

  private void run() {
    Consumer<BrokerListener> notification = next(false);
    while (notification != null) {
      try {
        notification.accept(listener);
      } catch (RuntimeException | Error e) {
        Broker.LOG.log(Level.WARNING, "The broker's listener threw", e);
      }
      notification = next(true);
    }
  }

  /**
   * Returns the next notification; null ends the thread.
   *
   * @param done whether the thread has finished one
   */
  private @Nullable Consumer<BrokerListener> next(boolean done) {
    lock.lock();
    try {
      if (done) {
        pending.remove();
      }
      if (pending.isEmpty()) {
        running = false;
        idle.signalAll();
      }
      return pending.peek();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the listener has received everything, or until the time is over. */
  void awaitIdle(Duration atMost) throws InterruptedException {
    lock.lock();
    try {
      long nanos = atMost.toNanos();
      while (!pending.isEmpty() && nanos > 0) {
        nanos = idle.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
