package dev.ssebroker;

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
 * What clients read of a shared log's past. Called by writers, which it may hold up for as long as
 * the log takes to answer.
 */
final class LogPages {
  /*
   * One page is read at a time, and the latest are kept: when thousands of clients come back to a
   * broker that knows nothing of where they were, the log is read once for all of them.
   */
  private static final int MAX_EVENTS = 256;
  private static final int PAGE_BYTES = 512 * 1024;
  private static final int KEPT_BYTES = 8 * 1024 * 1024;
  private static final int KEPT_PAGES = 64;

  /** One event of the log, encoded once for all clients that read it. */
  record Line(EventId id, String topic, Frame frame) {}

  /**
   * What stands behind a place.
   *
   * @param after the place; null if a client came with an id that means none
   * @param end where the log ends; null unless there are no lines
   */
  record Page(@Nullable EventId after, List<Line> lines, @Nullable EventId end) {}

  private record Kept(EventId after, List<Line> lines, long bytes) {
    /** Returns the lines behind a place; none if it is not within this page. */
    List<Line> behind(EventId place) {
      if (place.equals(after)) {
        return lines;
      }
      int from = 0;
      while (from < lines.size() && !lines.get(from).id().equals(place)) {
        from++;
      }
      return from < lines.size() ? lines.subList(from + 1, lines.size()) : List.of();
    }

    boolean mayHave(EventId place) {
      EventId last = lines.getLast().id();
      return place.equals(after)
          || (place.epoch().equals(last.epoch())
              && place.sequence() < last.sequence()
              && place.sequence() >= last.sequence() - lines.size());
    }
  }

  private final EventLog log;
  private final LongSupplier clock;
  private final ReentrantLock reading = new ReentrantLock();

  // All below is guarded by the lock.
  private final Deque<Kept> kept = new ArrayDeque<>();
  private long keptBytes;
  private final PageSize size = new PageSize(MAX_EVENTS, PAGE_BYTES);

  LogPages(EventLog log, LongSupplier clock) {
    this.log = log;
    this.clock = clock;
  }

  /**
   * Reads what stands behind an event, if there is one with this id.
   *
   * @throws EventLogException if the log cannot be reached
   */
  Page behind(String lastEventId) {
    Optional<EventId> place = log.find(lastEventId).or(() -> EventId.parse(lastEventId));
    return place.isPresent() ? behind(place.get()) : new Page(null, List.of(), log.end());
  }

  /**
   * Reads what stands behind a place.
   *
   * @throws EventLogException if the log cannot be reached
   */
  Page behind(EventId place) {
    reading.lock();
    try {
      List<Line> lines = kept(place);
      if (lines.isEmpty()) {
        lines = read(place);
      }
      if (!lines.isEmpty()) {
        return new Page(place, lines, null);
      }
      EventId end = log.end();
      // Something may have been appended in between.
      lines = end.equals(place) ? lines : read(place);
      return new Page(place, lines, lines.isEmpty() ? end : null);
    } finally {
      reading.unlock();
    }
  }

  private List<Line> kept(EventId place) {
    return kept.stream()
        .filter(page -> page.mayHave(place))
        .map(page -> page.behind(place))
        .filter(lines -> !lines.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  private List<Line> read(EventId place) {
    List<Line> lines = new ArrayList<>();
    long bytes = 0;
    for (EventLog.Entry entry : log.read(place, size.events())) {
      Frame frame = EventStreamEncoder.encode(entry);
      EventId id = entry.id();
      frame.complete(EventStreamEncoder.idPrefix(id.epoch()), id.sequence(), clock.getAsLong());
      lines.add(new Line(id, entry.topic(), frame));
      bytes += frame.length();
    }
    if (!lines.isEmpty()) {
      size.read(lines.size(), bytes);
      keep(new Kept(place, lines, bytes));
    }
    return lines;
  }

  private void keep(Kept page) {
    kept.addFirst(page);
    keptBytes += page.bytes();
    while (kept.size() > KEPT_PAGES || (keptBytes > KEPT_BYTES && kept.size() > 1)) {
      keptBytes -= Objects.requireNonNull(kept.pollLast()).bytes();
    }
  }
}
