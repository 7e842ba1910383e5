package dev.ssebroker.bench;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one publisher at most a few bursts of events ahead of its slowest receiver, and knows which
 * bursts every receiver has received in full.
 *
 * <p>The publisher calls {@link #awaitRoom} before each burst; each receiver counts with a {@link
 * Tally} of its own.
 */
public final class Bursts {
  /*
   * A receiver touches shared memory once per burst, not once per event, so the counting costs
   * little of what it counts. Several bursts are under way at a time, so the publisher does not wait
   * while there is work it could give to the receivers.
   *
   * Each slot counts up for ever and a burst is complete when its slot reaches a multiple of the
   * number of receivers: there is no reset that could come too late. Two bursts never share a slot,
   * since receivers count bursts in order and a burst begins only when as many before it are
   * complete as there are slots to spare.
   */
  static final int IN_FLIGHT = 4;
  private static final int PATIENCE_SECONDS = 60;

  private final int events;
  private final int receivers;
  private final AtomicLongArray slots = new AtomicLongArray(IN_FLIGHT);
  private final AtomicLong complete = new AtomicLong();
  private final Semaphore room = new Semaphore(IN_FLIGHT);

  /** What went wrong first. Volatile: written by receivers, read by the publisher. */
  private volatile @Nullable Throwable failure;

  /** Used by the publisher only. */
  private long seen;

  /**
   * Counts bursts of a quarter of {@code maxInFlight} events each, so that no receiver is ever more
   * than {@code maxInFlight} events behind.
   */
  public Bursts(int maxInFlight, int receivers) {
    if (maxInFlight < IN_FLIGHT) {
      throw new IllegalArgumentException(
          "maxInFlight is %d; allowed is %d or more".formatted(maxInFlight, IN_FLIGHT));
    }
    this.events = maxInFlight / IN_FLIGHT;
    this.receivers = receivers;
  }

  /** Returns how many events the publisher owes each receiver per burst. */
  public int events() {
    return events;
  }

  /** Waits until one more burst may be published. Throws if a receiver failed or seems stuck. */
  public void awaitRoom() throws InterruptedException {
    acquire(1);
  }

  /** Waits until every receiver has received everything. */
  public void awaitAll() throws InterruptedException {
    acquire(IN_FLIGHT);
    room.release(IN_FLIGHT);
  }

  private void acquire(int permits) throws InterruptedException {
    boolean acquired = room.tryAcquire(permits, PATIENCE_SECONDS, TimeUnit.SECONDS);
    Throwable cause = failure;
    if (cause != null) {
      throw new IllegalStateException("a receiver failed", cause);
    }
    if (!acquired) {
      throw new IllegalStateException("events are missing: the receivers do not get on");
    }
  }

  /** Returns the receptions, over all receivers, of the bursts completed since the last call. */
  public long newReceptions() {
    long now = complete.get();
    long bursts = now - seen;
    seen = now;
    return bursts * events * receivers;
  }

  /** Makes the publisher's next or present wait throw. */
  public void fail(Throwable cause) {
    failure = cause;
    room.release(IN_FLIGHT);
  }

  /** Returns the count of one more receiver. */
  public Tally newTally() {
    return new Tally(this);
  }

  private void receivedInFull(long burst) {
    long count = slots.incrementAndGet((int) (burst % IN_FLIGHT));
    if (count % receivers == 0) {
      complete.incrementAndGet();
      room.release();
    }
  }

  /** One receiver's count. Used by the receiver's thread only. */
  public static final class Tally {
    private final Bursts bursts;
    private long burst;
    private int missing;

    private Tally(Bursts bursts) {
      this.bursts = bursts;
      this.missing = bursts.events;
    }

    /** Counts events the receiver has just received. */
    public void add(int received) {
      missing -= received;
      while (missing <= 0) {
        missing += bursts.events;
        bursts.receivedInFull(burst++);
      }
    }
  }
}
