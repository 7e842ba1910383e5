package dev.ssebroker;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** The broker's one timer thread: heartbeats, write deadlines, maximum ages, the history's age. */
final class Pulse implements Runnable {
  /*
   * It looks at every client a few times within the shortest time that anybody set. A look is a read of
   * two or three fields, so ten thousand clients cost less than a timer for each of them, and nobody
   * else ever waits with a time limit.
   *
   * What it finds it only asks for: a heartbeat is a flag in an outbox, an end is a request, a sink is
   * closed on a thread of its own. Nothing it does can block.
   */
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int LOOKS = 4;

  private final Broker broker;
  private final LongSupplier clock;
  private final long writeDeadlineNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Guarded by the lock. */
  private long periodNanos = LONGEST_NANOS;

  /** Guarded by the lock. */
  private boolean ended;

  Pulse(Broker broker, LongSupplier clock, Duration writeDeadline) {
    this.broker = broker;
    this.clock = clock;
    this.writeDeadlineNanos = writeDeadline.toNanos();
    observe(writeDeadlineNanos);
  }

  /** Makes the pulse fast enough for a time of this length. */
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
      beat();
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

  /** Looks at every client once. */
  void beat() {
    long now = clock.getAsLong();
    broker.expireHistory(now);
    for (Client client : broker.currentClients()) {
      look(client, now);
    }
  }

  private void look(Client client, long now) {
    long writingSince = client.writingSinceNanos;
    if (writingSince != 0 && now - writingSince > writeDeadlineNanos) {
      broker.cut(client, CloseReason.WRITE_TIMED_OUT);
    } else if (now - client.expiresNanos >= 0) {
      broker.end(client, CloseReason.MAX_AGE);
    } else if (writingSince == 0 && now - client.lastWriteNanos >= client.heartbeatNanos) {
      client.outbox.beat();
    }
  }
}
