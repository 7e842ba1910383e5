package dev.ssebroker.micrometer;

import dev.ssebroker.BrokerStats;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Caches the stats for one second. Thread-safe. Threads that read while the stats are being taken
 * wait for them.
 */
final class RecentStats {
  static final long MAX_AGE_NANOS = Duration.ofSeconds(1).toNanos();

  private final Supplier<BrokerStats> source;
  private final LongSupplier clock;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private @Nullable BrokerStats stats;
  private long takenNanos;

  RecentStats(Supplier<BrokerStats> source, LongSupplier clock) {
    this.source = source;
    this.clock = clock;
  }

  BrokerStats get() {
    lock.lock();
    try {
      long now = clock.getAsLong();
      BrokerStats recent = stats;
      if (recent == null || now - takenNanos >= MAX_AGE_NANOS) {
        recent = source.get();
        stats = recent;
        takenNanos = now;
      }
      return recent;
    } finally {
      lock.unlock();
    }
  }
}
