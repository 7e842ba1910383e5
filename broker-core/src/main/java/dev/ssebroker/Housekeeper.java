package dev.ssebroker;

import java.lang.System.Logger.Level;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The broker's one timer thread: heartbeats, write deadlines, maximum ages, the age of the history.
 */
final class Housekeeper implements Runnable {
  /*
   * It visits every client a few times within the shortest time that was set. A visit reads two or three
   * fields, so ten thousand clients cost less than a timer for each of them, and no other thread waits
   * with a time limit. Nothing that it does can block: a heartbeat is a frame in a queue, and another
   * thread closes a sink. What it throws ends one visit and not the thread.
   */
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int LOOKS = 4;

  private final Runnable look;

  /** Has a permit after each change of the fields below. */
  private final Semaphore changed = new Semaphore(0);

  /** Written under the broker's lock. */
  private volatile long periodNanos = LONGEST_NANOS;

  private volatile boolean ended;

  Housekeeper(Runnable look) {
    this.look = look;
  }

  /** Looks often enough for a time of this length. */
  void observe(long nanos) {
    if (nanos / LOOKS < periodNanos) {
      periodNanos = nanos / LOOKS;
      changed.release();
    }
  }

  void end() {
    ended = true;
    changed.release();
  }

  @Override
  public void run() {
    try {
      while (!ended) {
        if (!changed.tryAcquire(periodNanos, TimeUnit.NANOSECONDS)) {
          look();
        }
      }
    } catch (InterruptedException e) {
      // Nothing interrupts this thread.
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
