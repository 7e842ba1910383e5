package dev.ssebroker;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Calls the broker's listener: on one thread at a time, in the order in which it is told. */
final class Notices {
  /*
   * The thread lives as long as there is something to tell. It needs no end of its own, so that
   * nothing is lost when a broker closes before a slow listener has heard everything.
   */
  private final BrokerListener listener;
  private final Consumer<Runnable> starter;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();

  /** What the listener has not heard yet, the call under way included. Guarded by the lock. */
  private final Queue<Consumer<BrokerListener>> notices = new ArrayDeque<>();

  /** Starts its thread, when there is one to start, by giving it to the consumer. */
  Notices(BrokerListener listener, Consumer<Runnable> starter) {
    this.listener = listener;
    this.starter = starter;
  }

  /** Has the listener called. Never waits for it. */
  void tell(Consumer<BrokerListener> notice) {
    lock.lock();
    try {
      notices.add(notice);
      if (notices.size() == 1) {
        starter.accept(() -> run(notice));
      }
    } finally {
      lock.unlock();
    }
  }

  private void run(Consumer<BrokerListener> first) {
    @Nullable Consumer<BrokerListener> notice = first;
    while (notice != null) {
      call(notice);
      notice = next();
    }
  }

  private void call(Consumer<BrokerListener> notice) {
    try {
      notice.accept(listener);
    } catch (RuntimeException e) {
      Broker.LOG.log(Level.WARNING, "The broker's listener threw", e);
    }
  }

  /** Ends the call under way and returns the next one; null if there is none. */
  private @Nullable Consumer<BrokerListener> next() {
    lock.lock();
    try {
      notices.remove();
      if (notices.isEmpty()) {
        idle.signalAll();
      }
      return notices.peek();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the listener has heard everything, or until the time is over. */
  void awaitIdle(Duration atMost) throws InterruptedException {
    lock.lock();
    try {
      long nanos = atMost.toNanos();
      while (!notices.isEmpty() && nanos > 0) {
        nanos = idle.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
