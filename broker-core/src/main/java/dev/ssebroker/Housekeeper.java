package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The broker's one timer thread: heartbeats, write deadlines, maximum ages, the age of the history.
 */
final class Housekeeper implements Runnable {
  /*
   * It looks at every client a few times within the shortest time that was set, some clients under each
   * hold of the broker's lock. A look reads two or three fields, so ten thousand clients cost less than a
   * timer for each of them, and no other thread waits with a time limit.
   *
   * It only asks for things: a heartbeat is a frame in a queue, an end is a request, a sink is closed
   * on another thread. So nothing that it does can block, and what it throws ends one look and not the
   * thread.
   */
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int LOOKS = 4;

  private final Runnable look;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private long periodNanos = LONGEST_NANOS;

  @GuardedBy("lock")
  private boolean ended;

  /**
   * Creates a housekeeper.
   *
   * @param look looks at everything once
   */
  Housekeeper(Runnable look) {
    this.look = look;
  }

  /** Looks often enough for a time of this length. */
  void observe(long nanos) {
    lock.lock();
    try {
      if (nanos / LOOKS < periodNanos) {
        periodNanos = nanos / LOOKS;
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void run() {
    while (pause()) {
      look();
    }
  }

  private boolean pause() {
    lock.lock();
    try {
      long left = periodNanos;
      while (!ended && left > 0) {
        left = Math.min(changed.awaitNanos(left), periodNanos);
      }
      return !ended;
    } catch (InterruptedException e) {
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Looks at everything once. */
  void look() {
    try {
      look.run();
    } catch (RuntimeException | Error e) {
      Broker.LOG.log(Level.WARNING, "The housekeeper failed, and tries again", e);
    }
  }
}
