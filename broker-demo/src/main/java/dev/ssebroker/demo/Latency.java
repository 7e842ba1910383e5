package dev.ssebroker.demo;

import dev.ssebroker.Batch;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How long events take from their publication to the fast clients: the oldest event of a batch,
 * measured at some of them. Thread-safe.
 */
final class Latency {
  /** How many samples one summary may have. */
  static final int MAX_SAMPLES = 2_000;

  private static final String ID = "\nid: ";

  private final Publications publications;
  private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();

  /** How many samples may still be taken before the next summary. */
  private final AtomicInteger left = new AtomicInteger(MAX_SAMPLES);

  /** One batch in so many is measured. Written by whoever asks for a summary. */
  private volatile int oneIn = 1;

  private record Sample(String id, long nanos) {}

  /** What half of the samples, and 99 of 100, did not exceed, and the longest. */
  record Summary(long p50Nanos, long p99Nanos, long maxNanos) {}

  Latency(Publications publications) {
    this.publications = publications;
  }

  /** A fast client has been given this batch. */
  void received(Batch batch) {
    if (batch.events() > 0
        && (oneIn == 1 || ThreadLocalRandom.current().nextInt(oneIn) == 0)
        && left.decrementAndGet() >= 0) {
      long now = System.nanoTime();
      firstId(batch).ifPresent(id -> samples.add(new Sample(id, now)));
    }
  }

  /** Data cannot be taken for the field: each of its lines begins with a name of its own. */
  private static Optional<String> firstId(Batch batch) {
    String text = new String(batch.toByteArray(), StandardCharsets.ISO_8859_1);
    int at = text.indexOf(ID);
    int end = at < 0 ? -1 : text.indexOf('\n', at + 1);
    return end < 0 ? Optional.empty() : Optional.of(text.substring(at + ID.length(), end));
  }

  /**
   * Sums up what was measured since the last time.
   *
   * @param batches about how many batches there will be until the next time
   * @return empty if nothing was measured
   */
  Optional<Summary> take(long batches) {
    long[] nanos =
        samples.stream().map(this::latency).flatMapToLong(OptionalLong::stream).sorted().toArray();
    samples.clear();
    oneIn = Math.clamp(2 * batches / MAX_SAMPLES, 1, 1_000_000);
    left.set(MAX_SAMPLES);
    return nanos.length == 0
        ? Optional.empty()
        : Optional.of(new Summary(at(nanos, 0.5), at(nanos, 0.99), nanos[nanos.length - 1]));
  }

  private OptionalLong latency(Sample sample) {
    return publications.time(sample.id()).stream()
        .map(time -> Math.max(0, sample.nanos() - time))
        .findFirst();
  }

  private static long at(long[] sorted, double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1];
  }
}
