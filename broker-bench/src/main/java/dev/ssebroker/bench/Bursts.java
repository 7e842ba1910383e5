package dev.ssebroker.bench;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a publisher at most a few bursts of events ahead of its slowest receiver, and counts the
 * bursts that all receivers have received completely.
 *
 * <p>The publisher calls {@link #awaitRoom} before each burst; each receiver has its own {@link
 * Tally}.
 */
public final class Bursts {
  /*
   * Low overhead. A receiver accesses shared memory once per burst, not once per event. Several bursts are
   * in flight at a time, so the publisher does not wait while receivers could do more work.
   *
   * Slots without a reset. Each slot counts up forever. A burst is complete when its slot reaches a multiple
   * of the number of receivers, so no reset can come too late. Two bursts in flight never share a slot:
   * receivers count bursts in order, and the semaphore admits only as many bursts as there are slots.
   */
  static final int IN_FLIGHT = 4;
  private static final int TIMEOUT_SECONDS = 60;

  private final int events;
  private final int receivers;
  private final AtomicLongArray slots = new AtomicLongArray(IN_FLIGHT);
  private final AtomicLong complete = new AtomicLong();
  private final Semaphore room = new Semaphore(IN_FLIGHT);

  /** The failure of a receiver. Volatile: written by receivers, read by the publisher. */
  private volatile @Nullable Throwable failure;

  /** Used by the publisher only. */
  private long reported;

  /**
   * Creates bursts of a quarter of {@code maxInFlight} events each. No receiver ever lags more than
   * {@code maxInFlight} events behind.
   */
  public Bursts(int maxInFlight, int receivers) {
    if (maxInFlight < IN_FLIGHT) {
      throw new IllegalArgumentException(
          "maxInFlight is %d; allowed is %d or more".formatted(maxInFlight, IN_FLIGHT));
    }
    this.events = maxInFlight / IN_FLIGHT;
    this.receivers = receivers;
  }

  /** Returns the number of events per burst. */
  public int events() {
    return events;
  }

  /**
   * Waits until another burst may be published. Throws if a receiver has failed or makes no
   * progress.
   */
  public void awaitRoom() throws InterruptedException {
    acquire(1);
  }

  /** Waits until every receiver has received all bursts. */
  public void awaitAll() throws InterruptedException {
    acquire(IN_FLIGHT);
    room.release(IN_FLIGHT);
  }

  private void acquire(int permits) throws InterruptedException {
    boolean acquired = room.tryAcquire(permits, TIMEOUT_SECONDS, TimeUnit.SECONDS);
    Throwable cause = failure;
    if (cause != null) {
      throw new IllegalStateException("a receiver failed", cause);
    }
    if (!acquired) {
      throw new IllegalStateException("events are missing: the receivers make no progress");
    }
  }

  /** Returns the receptions by all receivers in the bursts completed since the previous call. */
  public long newReceptions() {
    long now = complete.get();
    long bursts = now - reported;
    reported = now;
    return bursts * events * receivers;
  }

  /** Makes the current or next wait of the publisher throw. */
  public void fail(Throwable cause) {
    failure = cause;
    room.release(IN_FLIGHT);
  }

  /** Creates the tally of one receiver. */
  public Tally newTally() {
    return new Tally(this);
  }

  private void completed(long burst) {
    long count = slots.incrementAndGet((int) (burst % IN_FLIGHT));
    if (count % receivers == 0) {
      complete.incrementAndGet();
      room.release();
    }
  }

  /** Counts the events of one receiver. Used by the receiver's thread only. */
  public static final class Tally {
    private final Bursts bursts;
    private long burst;
    private int missing;

    private Tally(Bursts bursts) {
      this.bursts = bursts;
      this.missing = bursts.events;
    }

    /** Adds received events. */
    public void add(int received) {
      missing -= received;
      while (missing <= 0) {
        missing += bursts.events;
        bursts.completed(burst++);
      }
    }
  }
}
