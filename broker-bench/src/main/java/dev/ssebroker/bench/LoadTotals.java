package dev.ssebroker.bench;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Adds up the counts of all clients and readers of a load run after their threads have ended. */
final class LoadTotals {
  /** The clients whose streams did not end. */
  private final List<LoadClient> clients;

  private final @Nullable ResumePoint resumePoint;

  // Totals of these clients.
  private long first;
  private long last = EventScanner.NONE;
  private long most;
  private long fewest = Long.MAX_VALUE;
  private long unsequenced;
  private long outOfOrder;
  private long repeated;
  private long lost;
  private int lagging;
  private int complete;
  private boolean allCaughtUp;

  // Totals of the readers.
  private final Histogram latency = LoadClient.Totals.newHistogram();
  private long received;
  private long bytes;
  private long gaps;
  private long fromFuture;
  private long slowestHeadNanos;
  private long lastCaughtUp;
  private boolean compressed;
  private int ended;
  private String firstEnd = "";

  /**
   * Adds up the counts.
   *
   * @param resumePoint the event after which the clients resumed; null if they did not resume
   */
  LoadTotals(List<LoadReader> readers, @Nullable ResumePoint resumePoint) {
    this.clients =
        readers.stream()
            .flatMap(reader -> reader.clients().stream())
            .filter(client -> client.channel.isOpen())
            .toList();
    this.resumePoint = resumePoint;
    this.first = resumePoint == null ? Long.MAX_VALUE : resumePoint.sequence() + 1;
    this.allCaughtUp = !clients.isEmpty();
    clients.forEach(this::add);
    clients.forEach(this::compare);
    readers.forEach(this::add);
  }

  private void add(LoadClient client) {
    if (resumePoint == null) {
      first = Math.min(first, client.firstSequence());
    }
    last = Math.max(last, client.highestSequence());
    most = Math.max(most, client.events());
    fewest = Math.min(fewest, client.events());
    unsequenced += client.unsequenced();
    outOfOrder += client.outOfOrder();
    repeated += client.repeated();
  }

  private boolean isSequenced() {
    return last != EventScanner.NONE && unsequenced == 0;
  }

  private long expected() {
    return isSequenced() ? last - first + 1 : most;
  }

  /** Counts what a client has missed. Must be called after the expected number is known. */
  private void compare(LoadClient client) {
    lagging += client.isPast() ? 0 : 1;
    long missing = Math.max(0, expected() - (client.events() - client.repeated()));
    lost += missing;
    boolean isComplete = missing + client.repeated() + client.outOfOrder() == 0;
    complete += isSequenced() && isComplete ? 1 : 0;
    allCaughtUp &= client.hasCaughtUp();
  }

  private void add(LoadReader reader) {
    LoadClient.Totals totals = reader.totals();
    latency.add(totals.latency);
    received += totals.receivedInWindow;
    bytes += totals.bytesInWindow;
    gaps += totals.gapsInWindow;
    fromFuture += totals.fromFuture;
    slowestHeadNanos = Math.max(slowestHeadNanos, reader.slowestHeadNanos());
    lastCaughtUp = Math.max(lastCaughtUp, totals.lastCaughtUp);
    compressed |= reader.isCompressed();
    ended += reader.ended();
    firstEnd = firstEnd.isEmpty() ? Objects.requireNonNullElse(reader.firstEnd(), "") : firstEnd;
  }

  /**
   * Returns the report.
   *
   * @param start the start of the first connection, in epoch nanoseconds
   */
  LoadReport report(
      LoadSettings settings,
      LoadRun.Usage used,
      long start,
      double connectSeconds,
      List<LoadReport.Memory> memory) {
    return new LoadReport(
        settings,
        connectSeconds,
        slowestHeadNanos / 1e6,
        compressed,
        received,
        bytes,
        resumePoint == null ? Optional.empty() : Optional.of(resumed(settings.resume(), start)),
        expected(),
        clients.isEmpty() ? 0 : fewest,
        most,
        isSequenced(),
        lost,
        lagging,
        outOfOrder,
        repeated,
        gaps,
        ended,
        firstEnd,
        latency,
        fromFuture,
        used,
        memory);
  }

  private LoadReport.Resumed resumed(int events, long start) {
    return new LoadReport.Resumed(
        events,
        complete,
        allCaughtUp ? OptionalDouble.of((lastCaughtUp - start) / 1e9) : OptionalDouble.empty());
  }
}
