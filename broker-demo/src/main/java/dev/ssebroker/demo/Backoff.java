package dev.ssebroker.demo;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long to wait before the next try: a random part of a bound that doubles with each, on top of
 * what the server asks for, so that clients that failed together do not come back together. Not
 * thread-safe.
 */
final class Backoff {
  static final Duration LEAST = Duration.ofMillis(500);
  static final Duration MOST = Duration.ofSeconds(30);

  /** No server can send a client away for longer. */
  private static final long MOST_ASKED = Duration.ofHours(1).toMillis();

  private final long least;
  private final long most;
  private final DoubleSupplier random;
  private long bound;
  private long asked;

  /** Bounds the waits by {@link #LEAST} and {@link #MOST}. */
  Backoff(DoubleSupplier random) {
    this(LEAST, MOST, random);
  }

  /**
   * Makes one of which nothing has failed yet.
   *
   * @param least the bound of the first wait
   * @param most up to which it grows
   * @param random numbers from 0, inclusive, to 1, exclusive
   */
  Backoff(Duration least, Duration most, DoubleSupplier random) {
    this.least = least.toMillis();
    this.most = most.toMillis();
    this.random = random;
    this.bound = this.least;
  }

  /** Returns how long to wait now; the bound of the next one is twice as long. */
  Duration next() {
    Duration wait = Duration.ofMillis(asked + (long) (random.getAsDouble() * bound));
    bound = Math.min(2 * bound, most);
    return wait;
  }

  /** Begins again with the shortest bound. What the server asks for stays. */
  void reset() {
    bound = least;
  }

  /** Waits at least so long from now on; an hour at the most. */
  void askFor(long millis) {
    asked = Math.min(millis, MOST_ASKED);
  }
}
