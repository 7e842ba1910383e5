package dev.ssebroker;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;

/** Where publishers wait for room in the outboxes of clients with {@link Overflow#await}. */
final class Room {
  private final BrokerLock lock;
  private final Condition changed;
  private final Routes routes;

  /** Clients that publishers wait for. Guarded by the broker's lock. */
  private int awaitedClients;

  /** Guarded by the broker's lock. */
  private boolean closed;

  /**
   * Publishers that wait. Written under the broker's lock; atomic for writers, which look without
   * it.
   */
  private final AtomicInteger waiting = new AtomicInteger();

  Room(BrokerLock lock, Routes routes) {
    this.lock = lock;
    this.changed = lock.newCondition();
    this.routes = routes;
  }

  /** The broker's lock is held. */
  void clientAdded(Client client) {
    if (client.awaits()) {
      awaitedClients++;
    }
  }

  /** The broker's lock is held. */
  void clientEnds(Client client) {
    if (client.awaits()) {
      awaitedClients--;
      changed.signalAll();
    }
  }

  /** Lets go of all publishers that wait. The broker's lock is held. */
  void close() {
    closed = true;
    changed.signalAll();
  }

  /**
   * Waits until each client has room for the event, or its patience is over, or the broker is
   * closed; an interrupt ends the waiting, and stays with the thread. The broker's lock is held,
   * but not while this waits.
   */
  void await(String topic, Frame frame) {
    if (awaitedClients == 0) {
      return;
    }
    // Counted before the outboxes are looked at: a writer that makes room after that sees it.
    waiting.incrementAndGet();
    try {
      long begin = System.nanoTime();
      long left = patienceNanos(topic, frame);
      while (left > 0) {
        changed.awaitNanos(left);
        left = closed ? 0 : patienceNanos(topic, frame) - (System.nanoTime() - begin);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      waiting.decrementAndGet();
    }
  }

  private long patienceNanos(String topic, Frame frame) {
    long longest = 0;
    for (Audience audience : routes.audiences(topic)) {
      for (int place = 0; place < audience.size(); place++) {
        longest = Math.max(longest, audience.get(place).patienceNanos(frame));
      }
    }
    return longest;
  }

  /** An event was offered: a client that fell behind is no longer waited for. The lock is held. */
  void offered() {
    if (waiting.get() > 0) {
      changed.signalAll();
    }
  }

  /** Called by a writer that has taken frames from its client's outbox, without the lock. */
  void made() {
    if (waiting.get() == 0) {
      return;
    }
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
