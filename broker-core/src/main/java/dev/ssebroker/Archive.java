package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The past of a shared log, as the replaying clients of one broker read it. Called by writers,
 * which it blocks for as long as the log takes to answer.
 */
final class Archive {
  /*
   * One page is read at a time, and the latest are kept: when thousands of clients come back to a
   * broker whose history does not reach back to their positions, the log is read once for all of them.
   *
   * A log counts events and not bytes. So a page is to have as many events as the page before it would
   * have had in PAGE_BYTES.
   */
  private static final int MAX_EVENTS = 256;
  private static final int PAGE_BYTES = 512 * 1024;
  private static final int KEPT_BYTES = 8 * 1024 * 1024;
  private static final int KEPT_PAGES = 64;

  /** One event of the log, encoded once for all clients that read it. */
  record Line(EventId id, String topic, Frame frame) {}

  /**
   * The events after a position.
   *
   * @param after the position; null if a client came with an id that no event has
   * @param end the end of the log; null unless there are no lines
   */
  record Page(@Nullable EventId after, List<Line> lines, @Nullable EventId end) {}

  private record Kept(EventId after, List<Line> lines, long bytes) {
    /** Returns the lines after a position; none if it is not within this page. */
    List<Line> after(EventId position) {
      if (position.equals(after)) {
        return lines;
      }
      int from = 0;
      while (from < lines.size() && !lines.get(from).id().equals(position)) {
        from++;
      }
      return from < lines.size() ? lines.subList(from + 1, lines.size()) : List.of();
    }

    boolean mayHave(EventId position) {
      EventId last = lines.getLast().id();
      return position.equals(after)
          || (position.epoch().equals(last.epoch())
              && position.sequence() < last.sequence()
              && position.sequence() >= last.sequence() - lines.size());
    }
  }

  /** The number of events to ask for, so that a page has about so many bytes. Not thread-safe. */
  static final class PageSize {
    private static final int FIRST = 16;

    private final int maxEvents;
    private final long bytes;
    private int events = FIRST;

    PageSize(int maxEvents, long bytes) {
      this.maxEvents = maxEvents;
      this.bytes = bytes;
    }

    /** Returns at least 1. */
    int events() {
      return events;
    }

    /** Learns from a page. */
    void read(int pageEvents, long pageBytes) {
      if (pageEvents > 0) {
        events = Math.clamp(bytes * pageEvents / Math.max(1, pageBytes), 1, maxEvents);
      }
    }
  }

  private final EventLog log;
  private final LongSupplier clock;

  /** Whether the log answered when it was last asked. */
  private volatile boolean available = true;

  private volatile boolean closed;

  private final ReentrantLock reading = new ReentrantLock();

  @GuardedBy("reading")
  private final Deque<Kept> kept = new ArrayDeque<>();

  @GuardedBy("reading")
  private long keptBytes;

  @GuardedBy("reading")
  private final PageSize size = new PageSize(MAX_EVENTS, PAGE_BYTES);

  Archive(EventLog log, LongSupplier clock) {
    this.log = log;
    this.clock = clock;
  }

  boolean isAvailable() {
    return available;
  }

  /** The log answers; returns whether it did not before. */
  boolean setAvailable() {
    boolean before = available;
    available = true;
    if (!before) {
      Broker.LOG.log(Level.INFO, "The log is available again");
    }
    return !before;
  }

  /** The log does not answer. Said once, and not at all while the broker closes. */
  void setUnavailable(RuntimeException cause) {
    if (available && !closed) {
      available = false;
      // The stack trace of what a log reports by itself says nothing.
      Throwable bug = cause instanceof EventLogException ? null : cause;
      Broker.LOG.log(
          Level.WARNING,
          "The log is unavailable; the broker tries again: " + cause.getMessage(),
          bug);
    }
  }

  /** The broker closes: what the log reports from now on is no news. */
  void close() {
    closed = true;
  }

  /**
   * Reads the events after a client's id or position.
   *
   * @param lastEventId read if there is no position yet
   * @return the page; null if the log is unavailable
   */
  @Nullable Page read(@Nullable String lastEventId, @Nullable EventId position) {
    if (!available) {
      return null;
    }
    try {
      return position == null ? after(Objects.requireNonNull(lastEventId)) : after(position);
    } catch (RuntimeException e) {
      setUnavailable(e);
      return null;
    }
  }

  /**
   * Reads the events after the one with this id, if there is one.
   *
   * @throws EventLogException if the log is unavailable
   */
  Page after(String lastEventId) {
    Optional<EventId> position = log.find(lastEventId).or(() -> EventId.parse(lastEventId));
    return position.isPresent() ? after(position.get()) : new Page(null, List.of(), log.end());
  }

  /**
   * Reads the events after a position.
   *
   * @throws EventLogException if the log is unavailable
   */
  Page after(EventId position) {
    reading.lock();
    try {
      List<Line> lines = kept(position);
      if (lines.isEmpty()) {
        lines = readLog(position);
      }
      if (!lines.isEmpty()) {
        return new Page(position, lines, null);
      }
      EventId end = log.end();
      // An event may have been appended in between.
      lines = end.equals(position) ? lines : readLog(position);
      return new Page(position, lines, lines.isEmpty() ? end : null);
    } finally {
      reading.unlock();
    }
  }

  @GuardedBy("reading")
  private List<Line> kept(EventId position) {
    return kept.stream()
        .filter(page -> page.mayHave(position))
        .map(page -> page.after(position))
        .filter(lines -> !lines.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  @GuardedBy("reading")
  private List<Line> readLog(EventId position) {
    List<Line> lines = new ArrayList<>();
    long bytes = 0;
    for (EventLog.Entry entry : log.read(position, size.events())) {
      Frame frame = EventStreamEncoder.encode(entry);
      EventId id = entry.id();
      frame.complete(EventStreamEncoder.idPrefix(id.epoch()), id.sequence(), clock.getAsLong());
      lines.add(new Line(id, entry.topic(), frame));
      bytes += frame.length();
    }
    if (!lines.isEmpty()) {
      size.read(lines.size(), bytes);
      keep(new Kept(position, lines, bytes));
    }
    return lines;
  }

  @GuardedBy("reading")
  private void keep(Kept page) {
    kept.addFirst(page);
    keptBytes += page.bytes();
    while (kept.size() > KEPT_PAGES || (keptBytes > KEPT_BYTES && kept.size() > 1)) {
      keptBytes -= Objects.requireNonNull(kept.pollLast()).bytes();
    }
  }
}
