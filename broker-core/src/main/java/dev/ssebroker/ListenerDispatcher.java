package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Notifies the broker's listener: on one thread at a time, in the order of what happened. */
final class ListenerDispatcher {
  /*
   * The thread lives as long as there are notifications. It needs no end of its own, so nothing is lost
   * when a broker closes before a slow listener has received everything. If the thread cannot be
   * started, the next notification or the housekeeper tries again.
   */
  private final BrokerListener listener;
  private final Predicate<Runnable> starter;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();

  /** The notifications that are not over, the running one included. */
  @GuardedBy("lock")
  private final Queue<Consumer<BrokerListener>> pending = new ArrayDeque<>();

  /** Whether there is a thread. */
  @GuardedBy("lock")
  private boolean running;

  /**
   * Creates a dispatcher.
   *
   * @param starter starts a thread; returns false if that failed
   */
  ListenerDispatcher(BrokerListener listener, Predicate<Runnable> starter) {
    this.listener = listener;
    this.starter = starter;
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
      running = starter.test(this::run);
    }
  }

  private void run() {
    @Nullable Consumer<BrokerListener> notification = first();
    while (notification != null) {
      call(notification);
      notification = next();
    }
  }

  private void call(Consumer<BrokerListener> notification) {
    try {
      notification.accept(listener);
    } catch (RuntimeException | Error e) {
      Broker.LOG.log(Level.WARNING, "The broker's listener threw", e);
    }
  }

  private @Nullable Consumer<BrokerListener> first() {
    lock.lock();
    try {
      return pending.peek();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the running notification and returns the next one; null if there is none. */
  private @Nullable Consumer<BrokerListener> next() {
    lock.lock();
    try {
      pending.remove();
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
