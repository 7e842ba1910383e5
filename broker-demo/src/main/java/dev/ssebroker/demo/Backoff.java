package dev.ssebroker.demo;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long a relay waits before its next try: a random part of a bound that doubles from {@link
 * #LEAST} to {@link #MOST}, on top of what the upstream asks for. Not thread-safe.
 */
final class Backoff {
  static final Duration LEAST = Duration.ofMillis(500);
  static final Duration MOST = Duration.ofSeconds(30);

  /** No upstream can send a relay away for longer. */
  private static final long MOST_ASKED = Duration.ofHours(1).toMillis();

  private final DoubleSupplier random;
  private long bound = LEAST.toMillis();
  private long asked;

  /** Takes numbers from 0, inclusive, to 1, exclusive. */
  Backoff(DoubleSupplier random) {
    this.random = random;
  }

  /** Returns how long to wait now; the bound of the next one is twice as long. */
  Duration next() {
    Duration wait = Duration.ofMillis(asked + (long) (random.getAsDouble() * bound));
    bound = Math.min(2 * bound, MOST.toMillis());
    return wait;
  }

  /** Begins again with the shortest bound. What the upstream asks for stays. */
  void reset() {
    bound = LEAST.toMillis();
  }

  /** Waits at least so long from now on; an hour at the most. */
  void askFor(long millis) {
    asked = Math.min(millis, MOST_ASKED);
  }
}
