package dev.ssebroker.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A histogram of times, with fixed buckets from 1 millisecond to 10 seconds. Thread-safe. */
final class DeliveryTimes {
  private static final long[] BOUNDS_NANOS =
      IntStream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
          .mapToLong(TimeUnit.MILLISECONDS::toNanos)
          .toArray();

  /** The last one is for times above all bounds. */
  private final LongAdder[] counts =
      Stream.generate(LongAdder::new).limit(BOUNDS_NANOS.length + 1).toArray(LongAdder[]::new);

  private final LongAdder sumNanos = new LongAdder();

  /** Receives a bucket: its inclusive upper bound, and how many times are not above that. */
  interface Bucket {
    void accept(Duration bound, long count);
  }

  void add(long nanos) {
    int bucket = 0;
    while (bucket < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bucket]) {
      bucket++;
    }
    counts[bucket].increment();
    sumNanos.add(nanos);
  }

  Duration sum() {
    return Duration.ofNanos(sumNanos.sum());
  }

  /** Passes on the buckets by their bounds. Returns the number of all times. */
  long forEach(Bucket action) {
    long count = 0;
    for (int i = 0; i < BOUNDS_NANOS.length; i++) {
      count += counts[i].sum();
      action.accept(Duration.ofNanos(BOUNDS_NANOS[i]), count);
    }
    return count + counts[BOUNDS_NANOS.length].sum();
  }
}
