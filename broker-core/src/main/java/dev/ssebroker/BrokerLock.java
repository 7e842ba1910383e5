package dev.ssebroker;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The lock of a broker, and the two ways to it. Not reentrant by way of the turnstile. */
final class BrokerLock {
  /*
   * The lock is fair to all but publishers, who take it before those who wait if it is free. What
   * thousands of clients may want at once, to come, to read on, to go, passes a turnstile first, so
   * that only one of them stands between a publisher and the lock.
   */
  private final ReentrantLock lock = new ReentrantLock(true);
  private final ReentrantLock turnstile = new ReentrantLock();

  /** Takes the lock in the order of arrival: for what happens now and then. */
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
  void lockBehindPublishers() {
    turnstile.lock();
    lock.lock();
  }

  /** Releases what {@link #lockBehindPublishers} took. */
  void unlockBehindPublishers() {
    lock.unlock();
    turnstile.unlock();
  }

  Condition newCondition() {
    return lock.newCondition();
  }
}
