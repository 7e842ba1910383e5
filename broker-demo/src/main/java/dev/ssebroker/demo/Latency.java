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
 * Measures the time from the publication of an event to its write to a fast client. It samples
 * batches, and takes the oldest event of each. Thread-safe.
 */
final class Latency {
  /** The maximum number of samples of one summary. */
  static final int MAX_SAMPLES = 2_000;

  private static final String ID = "\nid: ";

  private final PublishTimes publishTimes;
  private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();

  /** The number of samples that may be taken before the next summary. */
  private final AtomicInteger remaining = new AtomicInteger(MAX_SAMPLES);

  /** One of this many batches is sampled. Written by the thread that calls {@link #summarize}. */
  private volatile int samplingInterval = 1;

  private record Sample(String id, long nanos) {}

  /** The median, the 99th percentile and the maximum of the samples. */
  record Summary(long p50Nanos, long p99Nanos, long maxNanos) {}

  Latency(PublishTimes publishTimes) {
    this.publishTimes = publishTimes;
  }

  /** Records that a fast client has received a batch. */
  void received(Batch batch) {
    if (batch.events() > 0
        && (samplingInterval == 1 || ThreadLocalRandom.current().nextInt(samplingInterval) == 0)
        && remaining.decrementAndGet() >= 0) {
      long now = System.nanoTime();
      firstId(batch).ifPresent(id -> samples.add(new Sample(id, now)));
    }
  }

  /** Finds the first id field. Data cannot look like one, since each of its lines has a prefix. */
  private static Optional<String> firstId(Batch batch) {
    String text = new String(batch.toByteArray(), StandardCharsets.ISO_8859_1);
    int at = text.indexOf(ID);
    int end = at < 0 ? -1 : text.indexOf('\n', at + 1);
    return end < 0 ? Optional.empty() : Optional.of(text.substring(at + ID.length(), end));
  }

  /**
   * Summarizes the samples since the previous call.
   *
   * @param batches the expected number of batches until the next call
   * @return the summary; empty if there are no samples
   */
  Optional<Summary> summarize(long batches) {
    long[] nanos =
        samples.stream().map(this::latency).flatMapToLong(OptionalLong::stream).sorted().toArray();
    samples.clear();
    samplingInterval = Math.clamp(2 * batches / MAX_SAMPLES, 1, 1_000_000);
    remaining.set(MAX_SAMPLES);
    return nanos.length == 0
        ? Optional.empty()
        : Optional.of(new Summary(at(nanos, 0.5), at(nanos, 0.99), nanos[nanos.length - 1]));
  }

  private OptionalLong latency(Sample sample) {
    return publishTimes.time(sample.id()).stream()
        .map(time -> Math.max(0, sample.nanos() - time))
        .findFirst();
  }

  private static long at(long[] sorted, double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1];
  }
}
