package dev.ssebroker.bench;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What the clients and the readers of a load run have, added up when their threads have ended. */
final class LoadSums {
  /** The clients that lasted. */
  private final List<LoadClient> clients;

  private final @Nullable ResumePoint since;

  // Of these clients.
  private long first;
  private long last = EventScanner.NONE;
  private long most;
  private long fewest = Long.MAX_VALUE;
  private long unsequenced;
  private long outOfOrder;
  private long repeated;
  private long lost;
  private int behind;
  private int complete;
  private boolean level;

  // Of the readers.
  private final Histogram latency = LoadClient.Totals.newHistogram();
  private long received;
  private long bytes;
  private long gaps;
  private long fromFuture;
  private long slowestAnswerNanos;
  private long lastLevel;
  private boolean compressed;
  private int ended;
  private String whyEnded = "";

  /**
   * Adds up.
   *
   * @param since the event that the clients resumed after, null if they did not resume
   */
  LoadSums(List<LoadReader> readers, @Nullable ResumePoint since) {
    this.clients =
        readers.stream()
            .flatMap(reader -> reader.clients().stream())
            .filter(client -> client.channel.isOpen())
            .toList();
    this.since = since;
    this.first = since == null ? Long.MAX_VALUE : since.sequence() + 1;
    this.level = !clients.isEmpty();
    clients.forEach(this::add);
    clients.forEach(this::compare);
    readers.forEach(this::add);
  }

  private void add(LoadClient client) {
    if (since == null) {
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

  private long owed() {
    return isSequenced() ? last - first + 1 : most;
  }

  /** Looks at what a client has not, once it is known what all are owed. */
  private void compare(LoadClient client) {
    behind += client.isPast() ? 0 : 1;
    long missing = Math.max(0, owed() - (client.events() - client.repeated()));
    lost += missing;
    boolean whole = missing + client.repeated() + client.outOfOrder() == 0;
    complete += isSequenced() && whole ? 1 : 0;
    level &= client.isLevel();
  }

  private void add(LoadReader reader) {
    LoadClient.Totals totals = reader.totals();
    latency.add(totals.latency);
    received += totals.receivedInWindow;
    bytes += totals.bytesInWindow;
    gaps += totals.gapsInWindow;
    fromFuture += totals.fromFuture;
    slowestAnswerNanos = Math.max(slowestAnswerNanos, reader.slowestAnswerNanos());
    lastLevel = Math.max(lastLevel, totals.lastLevel);
    compressed |= reader.isCompressed();
    ended += reader.ended();
    whyEnded = whyEnded.isEmpty() ? Objects.requireNonNullElse(reader.firstEnd(), "") : whyEnded;
  }

  /**
   * Returns the report.
   *
   * @param begin of the first connection, in epoch nanoseconds
   */
  LoadReport report(
      LoadSettings settings,
      LoadRun.Usage used,
      long begin,
      double connectSeconds,
      List<LoadReport.Memory> memory) {
    return new LoadReport(
        settings,
        connectSeconds,
        slowestAnswerNanos / 1e6,
        compressed,
        received,
        bytes,
        since == null ? Optional.empty() : Optional.of(resumed(settings.resume(), begin)),
        owed(),
        clients.isEmpty() ? 0 : fewest,
        most,
        isSequenced(),
        lost,
        behind,
        outOfOrder,
        repeated,
        gaps,
        ended,
        whyEnded,
        latency,
        fromFuture,
        used,
        memory);
  }

  private LoadReport.Resumed resumed(int events, long begin) {
    return new LoadReport.Resumed(
        events,
        complete,
        level ? OptionalDouble.of((lastLevel - begin) / 1e9) : OptionalDouble.empty());
  }
}
