package dev.ssebroker.demo;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * Exponential backoff with full jitter. Each delay is the delay that the server requested, plus a
 * random part of a bound that doubles with each attempt. Clients that fail together therefore do
 * not reconnect together. Not thread-safe.
 */
final class Backoff {
  static final Duration INITIAL_BOUND = Duration.ofMillis(500);
  static final Duration MAX_BOUND = Duration.ofSeconds(30);

  /** The longest delay that a server can request. */
  private static final long MAX_SERVER_MILLIS = Duration.ofHours(1).toMillis();

  private final long initialBound;
  private final long maxBound;
  private final DoubleSupplier random;
  private long bound;
  private long serverMillis;

  /** Creates a backoff between {@link #INITIAL_BOUND} and {@link #MAX_BOUND}. */
  Backoff(DoubleSupplier random) {
    this(INITIAL_BOUND, MAX_BOUND, random);
  }

  /**
   * Creates a backoff.
   *
   * @param initialBound the bound of the first delay
   * @param maxBound the largest bound
   * @param random numbers from 0, inclusive, to 1, exclusive
   */
  Backoff(Duration initialBound, Duration maxBound, DoubleSupplier random) {
    this.initialBound = initialBound.toMillis();
    this.maxBound = maxBound.toMillis();
    this.random = random;
    this.bound = this.initialBound;
  }

  /** Returns the next delay, and doubles the bound. */
  Duration next() {
    Duration delay = Duration.ofMillis(serverMillis + (long) (random.getAsDouble() * bound));
    bound = Math.min(2 * bound, maxBound);
    return delay;
  }

  /** Resets the bound to its initial value. The delay that the server requested stays. */
  void reset() {
    bound = initialBound;
  }

  /** Sets the minimum delay that the server requested; at most an hour is honoured. */
  void setServerDelay(long millis) {
    serverMillis = Math.min(millis, MAX_SERVER_MILLIS);
  }
}
