package dev.ssebroker;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a client is that has to read from the log which the broker shares with others, and what it
 * is told of what is missing there. Guarded by the broker's lock.
 */
final class Backlog {
  /*
   * The writer reads a page of the log, without the lock, and takes from it what is for its client,
   * with the lock, until the history reaches back to where the client is; from there on the client
   * is a Resume.
   *
   * Two neighbouring ids say whether something is missing between them: an epoch has no holes, and a
   * new epoch begins where the log may have lost something. How much of it was for this client,
   * nobody knows. And before anybody noticed a loss, other events may have been given the places of
   * those that were lost: a client that comes from an epoch which is over is told so at once.
   *
   * A page without events says where the log ends. Either that is where the client is, or its place
   * is none.
   */
  private static final long NOT_KNOWN = -1;

  /** What the client came with; null once it is known what that means. */
  private @Nullable String lastEventId;

  /** Where the history ended when the client came; null if it had not begun. */
  private final @Nullable EventId came;

  /** The client has what stands up to here; null as long as there is a last event id. */
  private @Nullable EventId place;

  /** Whether the log is known to reach to the place. */
  private boolean reached;

  /** Said before anything else. */
  private @Nullable GapReason firstGap;

  private boolean stopped;

  /** Where the history ended when the client was stopped. */
  private @Nullable EventId through;

  /** Where the history ended when the client last found that it does not reach back. */
  private @Nullable EventId asked;

  private Backlog(
      @Nullable EventId came,
      @Nullable String lastEventId,
      @Nullable EventId place,
      boolean reached,
      @Nullable GapReason firstGap) {
    this.came = came;
    this.lastEventId = lastEventId;
    this.place = place;
    this.reached = reached;
    this.firstGap = firstGap;
  }

  /** A client that came with an id, when the history ended at a place, if it had begun. */
  static Backlog fromId(String lastEventId, @Nullable EventId now) {
    return new Backlog(now, lastEventId, null, false, null);
  }

  /** A client that came with the id of an event, if there is such an event. */
  static Backlog fromEvent(EventId event, EventId now) {
    return new Backlog(now, null, event, false, null);
  }

  /** A client that has what stands up to a place. */
  static Backlog fromPlace(EventId place) {
    return new Backlog(null, null, place, true, null);
  }

  /** A client that has what stands up to a place, but for what a notice is to say. */
  static Backlog fromPlace(EventId place, GapReason gap) {
    return new Backlog(null, null, place, true, gap);
  }

  @Nullable String lastEventId() {
    return lastEventId;
  }

  /** The client has what stands up to here; null as long as there is a last event id. */
  @Nullable EventId place() {
    return place;
  }

  /** Has the client told of something before it reads on, if it is not told anyway. */
  void tellFirst(GapReason reason) {
    if (firstGap == null) {
      firstGap = reason;
    }
  }

  /** No event behind a place is for the client. */
  void stop(@Nullable EventId last) {
    stopped = true;
    through = last;
  }

  /** The most events that can wait for the client, as far as that is known. */
  long waiting(History history) {
    EventId at = place;
    EventId end = history.copiedThrough();
    if (at == null || end == null || !sameEpoch(at, end)) {
      return 0;
    }
    return Math.max(0, end.sequence() - at.sequence());
  }

  /** Returns how the client goes on in the history; null if that does not reach back to it. */
  @Nullable Resume inHistory(History history, List<TopicFilter> filters) {
    EventId at = place;
    EventId end = history.copiedThrough();
    asked = end;
    if (lastEventId != null || firstGap != null || at == null || end == null) {
      return null;
    }
    if (!sameEpoch(at, end) || (at.sequence() > end.sequence() && !reached)) {
      return null;
    }
    Resume resume = Resume.inCopy(history, filters, at.sequence());
    if (resume.needsLog()) {
      return null;
    }
    if (stopped) {
      resume.stop(through == null ? 0 : through.sequence());
    }
    return resume;
  }

  /**
   * Whether there is nothing in the log for the client until the history goes on: the page that it
   * was given had no events, and the history is where it was when the page was asked for.
   */
  boolean isWaiting(LogPages.Page page, History history) {
    return page.lines().isEmpty() && Objects.equals(asked, history.copiedThrough());
  }

  /** Whether the client has passed what is not for it any more. */
  boolean isOver() {
    EventId at = place;
    EventId last = through;
    return stopped
        && lastEventId == null
        && (last == null
            || at == null
            || (sameEpoch(at, last) && at.sequence() >= last.sequence()));
  }

  /** Takes what is for the client from the page that was read for it. */
  void take(LogPages.Page page, List<TopicFilter> filters, Batch batch) {
    if (lastEventId != null) {
      begin(page);
    }
    GapReason gap = firstGap;
    if (gap != null) {
      tell(gap, batch);
      firstGap = null;
    }
    if (page.after() != null && page.end() != null) {
      takeEnd(page.end(), batch);
    }
    for (LogPages.Line line : page.lines()) {
      if (batch.isFull() || isOver() || !take(line, filters, batch)) {
        return;
      }
    }
  }

  private void begin(LogPages.Page page) {
    place = page.after();
    if (place == null) {
      firstGap = GapReason.UNKNOWN_ID;
      startAnew(page.end());
    } else if (came != null && !sameEpoch(place, came)) {
      firstGap = GapReason.RESTARTED;
    }
    lastEventId = null;
  }

  /** As a client without an id, from when it came. */
  private void startAnew(@Nullable EventId end) {
    place = came == null ? end : came;
    reached = true;
  }

  private void takeEnd(EventId end, Batch batch) {
    EventId at = Objects.requireNonNull(place);
    reached = true;
    if (!sameEpoch(at, end)) {
      tell(GapReason.RESTARTED, batch);
      place = end;
    } else if (at.sequence() > end.sequence()) {
      tell(GapReason.FUTURE_ID, batch);
      startAnew(end);
    } else if (at.sequence() < end.sequence()) {
      tell(GapReason.EVICTED, batch);
      place = end;
    }
  }

  /** Returns false if the line is left for another batch. */
  private boolean take(LogPages.Line line, List<TopicFilter> filters, Batch batch) {
    GapReason missing = missingBefore(line.id());
    if (missing != null && !tell(missing, batch)) {
      return false;
    }
    if (filters.stream().anyMatch(filter -> filter.matches(line.topic()))) {
      batch.add(line.frame());
    }
    place = line.id();
    reached = true;
    return true;
  }

  /**
   * Adds a notice, if none stands in this place yet. Returns false if that is for another batch: a
   * batch has one notice, before its events.
   */
  private static boolean tell(GapReason reason, Batch batch) {
    if (batch.isEmpty()) {
      batch.addGap(new Batch.Gap(NOT_KNOWN, reason));
    }
    return batch.events() == 0;
  }

  private @Nullable GapReason missingBefore(EventId id) {
    EventId at = Objects.requireNonNull(place);
    if (!sameEpoch(at, id)) {
      return GapReason.RESTARTED;
    }
    return id.sequence() == at.sequence() + 1 ? null : GapReason.EVICTED;
  }

  private static boolean sameEpoch(EventId one, EventId other) {
    return one.epoch().equals(other.epoch());
  }
}
