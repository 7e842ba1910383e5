package dev.ssebroker;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The lock of a broker, and the two ways to it. */
final class BrokerLock {
  /*
   * The lock is fair to all but publishers, which take it at once if it is free. What thousands of
   * clients may want at the same time, to subscribe, to replay, to leave, passes a turnstile first, so
   * that only one of them queues between a publisher and the lock.
   */
  private final ReentrantLock lock = new ReentrantLock(true);
  private final ReentrantLock turnstile = new ReentrantLock();

  /** Takes the lock in the order of arrival, for rare operations. */
  void lock() {
    lock.lock();
  }

  /** Takes the lock for a publisher. */
  void lockFirst() {
    if (!lock.tryLock()) {
      lock.lock();
    }
  }

  /** Releases what {@link #lock} or {@link #lockFirst} took. */
  void unlock() {
    lock.unlock();
  }

  /** Takes the lock for a client, of which there may be thousands. */
  void lockAfterPublishers() {
    turnstile.lock();
    lock.lock();
  }

  /** Releases what {@link #lockAfterPublishers} took. */
  void unlockAfterPublishers() {
    lock.unlock();
    turnstile.unlock();
  }

  /** Fails, where assertions are enabled, unless the calling thread holds the lock. */
  void assertHeld() {
    assert lock.isHeldByCurrentThread() : "the broker's lock is not held";
  }

  Condition newCondition() {
    return lock.newCondition();
  }
}
