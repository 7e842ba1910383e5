package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Reads a shared log for the replaying clients of one broker. Blocks until the log answers. */
final class Archive {
  /*
   * One page is read at a time, and the latest are kept, so that thousands of clients that resume cost one
   * read. A log counts events, not bytes, so each page shows how many events the next may have.
   */
  static final int FIRST_EVENTS = 16;

  private static final int MAX_EVENTS = 256;
  private static final int PAGE_BYTES = 512 * 1024;
  private static final int KEPT_BYTES = 8 * 1024 * 1024;
  private static final int KEPT_PAGES = 64;

  /** One event of the log, encoded once for all clients that read it. */
  record Line(EventId id, String topic, Frame frame) {}

  /**
   * The events after a position, which is null if a client came with an id that no event has; if
   * there are none, the end of the log.
   */
  record Page(@Nullable EventId after, List<Line> lines, @Nullable EventId end) {
    /** Returns the lines after a position; none if it is not within this page. */
    private List<Line> linesAfter(EventId position) {
      if (position.equals(after)) {
        return lines;
      }
      // An epoch has no holes.
      long next = lines.size() - lines.getLast().id().sequence() + position.sequence();
      boolean has = next > 0 && next < lines.size();
      return has && lines.get((int) next - 1).id().equals(position)
          ? lines.subList((int) next, lines.size())
          : List.of();
    }

    private long bytes() {
      return lines.stream().mapToLong(line -> line.frame().length()).sum();
    }
  }

  /** Returns how many events make a page, if they are as long as those of another page. */
  static int pageEvents(int events, long bytes, int maxEvents, long pageBytes) {
    return Math.clamp(pageBytes * events / Math.max(1, bytes), 1, maxEvents);
  }

  private final EventLog log;
  private final LongSupplier clock;
  private volatile boolean closed;

  /** Whether the log answered when it was last asked. */
  private volatile boolean available = true;

  private final ReentrantLock reading = new ReentrantLock();

  @GuardedBy("reading")
  private final Deque<Page> kept = new ArrayDeque<>();

  @GuardedBy("reading")
  private long keptBytes;

  @GuardedBy("reading")
  private int limit = FIRST_EVENTS;

  Archive(EventLog log, LongSupplier clock) {
    this.log = log;
    this.clock = clock;
  }

  boolean isAvailable() {
    return available;
  }

  /** The log answers. Returns whether it did not before. */
  boolean setAvailable() {
    if (available) {
      return false;
    }
    available = true;
    Broker.LOG.log(Level.INFO, "The log is available again");
    return true;
  }

  /** The log does not answer. Logged once, and not at all while the broker closes. */
  void setUnavailable(Throwable cause) {
    if (available && !closed) {
      available = false;
      // The stack trace of what a log reports by itself says nothing.
      Throwable bug = cause instanceof EventLogException ? null : cause;
      String message = "The log is unavailable; the broker tries again: " + cause.getMessage();
      Broker.LOG.log(Level.WARNING, message, bug);
    }
  }

  /** Logs nothing from now on. */
  void close() {
    closed = true;
  }

  /** Reads after a client's position or, if it has none, its id; null if the log is unavailable. */
  @Nullable Page read(@Nullable String lastEventId, @Nullable EventId position) {
    if (!available) {
      return null;
    }
    try {
      EventId at = position == null ? find(Objects.requireNonNull(lastEventId)) : position;
      return at == null ? new Page(null, List.of(), log.end()) : after(at);
    } catch (RuntimeException e) {
      setUnavailable(e);
      return null;
    }
  }

  private @Nullable EventId find(String id) {
    return log.find(id).or(() -> EventId.parse(id)).orElse(null);
  }

  private Page after(EventId position) {
    reading.lock();
    try {
      List<Line> lines = kept(position);
      lines = lines.isEmpty() ? readLog(position) : lines;
      EventId end = lines.isEmpty() ? log.end() : null;
      if (end != null && !end.equals(position)) {
        // An event may have been appended in between.
        lines = readLog(position);
      }
      return new Page(position, lines, lines.isEmpty() ? end : null);
    } finally {
      reading.unlock();
    }
  }

  @GuardedBy("reading")
  private List<Line> kept(EventId position) {
    return kept.stream()
        .map(page -> page.linesAfter(position))
        .filter(lines -> !lines.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  @GuardedBy("reading")
  private List<Line> readLog(EventId position) {
    List<Line> lines = new ArrayList<>();
    for (EventLog.Entry entry : log.read(position, limit)) {
      Frame frame = EventStreamEncoder.encode(entry);
      EventId id = entry.id();
      frame.complete(EventStreamEncoder.idPrefix(id.epoch()), id.sequence(), clock.getAsLong());
      lines.add(new Line(id, entry.topic(), frame));
    }
    if (!lines.isEmpty()) {
      Page page = new Page(position, lines, null);
      limit = pageEvents(lines.size(), page.bytes(), MAX_EVENTS, PAGE_BYTES);
      kept.addFirst(page);
      keptBytes += page.bytes();
      while (kept.size() > KEPT_PAGES || (keptBytes > KEPT_BYTES && kept.size() > 1)) {
        keptBytes -= kept.removeLast().bytes();
      }
    }
    return lines;
  }
}
