package dev.ssebroker;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Notifies the broker's listener: on one thread at a time, in the order of what happened. */
final class ListenerDispatcher {
  /*
   * The thread lives as long as there are notifications, so nothing is lost if a broker is closed before a
   * slow listener has received everything. If the thread cannot be started, the next notification or the
   * housekeeper tries again.
   */
  private final BrokerListener listener;
  private final BrokerThreads threads;
  private final Queue<Consumer<BrokerListener>> pending = new ConcurrentLinkedQueue<>();

  /** Whether there is a thread. */
  private final AtomicBoolean running = new AtomicBoolean();

  ListenerDispatcher(BrokerListener listener, BrokerThreads threads) {
    this.listener = listener;
    this.threads = threads;
  }

  /** Queues a notification. Never waits for the listener. */
  void notify(Consumer<BrokerListener> notification) {
    pending.add(notification);
    startIfNeeded();
  }

  /** Starts the thread if there are notifications. */
  void startIfNeeded() {
    if (pending.isEmpty() || !running.compareAndSet(false, true)) {
      return;
    }
    try {
      threads.startUnpinned("sse-listener", this::run);
    } catch (RuntimeException | Error e) {
      running.set(false);
      Broker.LOG.log(Level.WARNING, "No thread for the listener; the broker tries again", e);
    }
  }

  private void run() {
    do {
      var notification = pending.poll();
      while (notification != null) {
        try {
          notification.accept(listener);
        } catch (RuntimeException | Error e) {
          Broker.LOG.log(Level.WARNING, "The broker's listener threw", e);
        }
        notification = pending.poll();
      }
      running.set(false);
      // A notification may have been added before that.
    } while (!pending.isEmpty() && running.compareAndSet(false, true));
  }

  /** Waits until the listener has received everything, or until the time is over. */
  void awaitIdle(Duration atMost) throws InterruptedException {
    CountDownLatch received = new CountDownLatch(1);
    notify(unused -> received.countDown());
    var unused = received.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }
}
