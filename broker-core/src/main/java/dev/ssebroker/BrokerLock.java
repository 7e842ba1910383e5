package dev.ssebroker;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The lock of a broker. */
final class BrokerLock {
  /*
   * The lock is fair to all but publishers, which take it at once if it is free. Clients that subscribe,
   * replay or leave, perhaps thousands at once, pass a turnstile first, so that only one of them queues
   * between a publisher and the lock.
   */
  private final ReentrantLock lock = new ReentrantLock(true);
  private final ReentrantLock turnstile = new ReentrantLock();

  /** Takes the lock in the order of arrival, for rare operations. */
  void lock() {
    lock.lock();
  }

  /** Takes the lock for a publisher, at once if it is free. */
  void lockFirst() {
    if (!lock.tryLock()) {
      lock.lock();
    }
  }

  void unlock() {
    lock.unlock();
  }

  /** Takes the lock for a client, of which there may be thousands. */
  void lockAfterPublishers() {
    turnstile.lock();
    lock.lock();
  }

  void unlockAfterPublishers() {
    lock.unlock();
    turnstile.unlock();
  }

  void assertHeld() {
    assert lock.isHeldByCurrentThread() : "the broker's lock is not held";
  }

  Condition newCondition() {
    return lock.newCondition();
  }
}
