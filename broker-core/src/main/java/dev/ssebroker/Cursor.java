package dev.ssebroker;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The replay of one client: a position after which it reads, a pending gap, and an end if the
 * client is draining. It reads from the history while that reaches back to the position, else from
 * the shared log.
 */
final class Cursor {
  /*
   * One mechanism. A client that came with a last event id, one whose queue overflowed, and one whose
   * history began anew are the same: each has a position and reads on from there.
   *
   * Counting. "due" is the number of events that the client should have been given since its position
   * was set: those that were there then, and one for each event published since. "given" is the number
   * that it was given, or told of in a gap notice. The client is live as soon as both are equal: one
   * compare-and-set marks the cursor as caught up, and a publisher that counts one more event either
   * comes first, and the replay goes on, or sees the mark, and offers the event to the queue.
   *
   * The gap rule. Events are missing if the history has fewer events for the client than are due and not
   * yet given. That can only be after an eviction past the position, which History.read notices; the
   * cursor then takes the broker's lock and counts. The notice goes out before the page.
   *
   * Locks. Pages of the history are read without a lock, so that a crowd that replays does not queue for
   * the lock that publishers need. A reader may see an event before its publisher has counted it; "given"
   * is then ahead, and the cursor waits for that publisher. If brokers share a log, pages are read under
   * the lock, since the history may begin anew at any time.
   *
   * The shared log. An epoch has no holes, so two neighbouring ids show whether something is missing
   * between them; how much of it was for this client is unknown. A page without events shows the end
   * of the log: it is the client's position, or the position does not exist.
   *
   * Dropping. A client whose policy is to drop the newest events, or that has no history, has a cursor
   * that reads nothing: all that is due is missing.
   */
  enum Progress {
    /** There may be more to read. */
    MORE,
    /** There is nothing to read now. The next event, or the answer of the log, goes on. */
    WAITING,
    /** The client has all events, and is live. */
    CAUGHT_UP
  }

  /** What became of an event that was published to the client. */
  enum Due {
    /** The cursor reads it. */
    COUNTED,
    /** The cursor reads it, and its writer has to be asked to. */
    WAKES,
    /** The cursor had caught up. */
    CAUGHT_UP
  }

  /** What a client reads from: those of its broker. */
  record Source(BrokerLock lock, History history, @Nullable Archive archive) {}

  /** In the place of a count: the cursor has caught up, or was given up. */
  private static final long DONE = -1;

  /** Added to twice the count of due events while the writer waits for the next one. */
  private static final long WAITING = 1;

  private final Source source;

  /** Null if the cursor drops. */
  private final @Nullable Filters filters;

  /** Twice the number of events due, and WAITING; or DONE. */
  private final AtomicLong due = new AtomicLong();

  /** The number of due events that were given or told of. Written by the writer. */
  private volatile long given;

  /** The client has its events up to this sequence. Written by the writer, or under the lock. */
  private volatile long after;

  /** No event after this sequence is for the client. Written under the lock. */
  private volatile long through = Long.MAX_VALUE;

  // All below is guarded by the broker's lock.

  /** The reason for a notice without a number before the next page. */
  private @Nullable GapReason pendingGap;

  /** Events up to this sequence were there when the cursor began, or are not for the client. */
  private long countedThrough;

  // The shared log only.
  private boolean inLog;

  /** The id that the client came with, until it is known which position that is. */
  private @Nullable String lastEventId;

  /** The client's position in the log, while it reads there; null before that is known. */
  private @Nullable EventId position;

  /** The end of the history when the client came; null if there was none, or it did not matter. */
  private @Nullable EventId came;

  /** Whether the log is known to reach to the position. */
  private boolean reached;

  private boolean stopped;

  /** The end of the history when the client was stopped. */
  private @Nullable EventId stoppedAt;

  /** The end of the history when a page of the log was asked for. */
  private @Nullable EventId asked;

  private Cursor(Source source, @Nullable Filters filters, long after) {
    this.source = source;
    this.filters = filters;
    this.after = after;
    this.countedThrough = after;
  }

  /** A client whose queue had no room for the newest event. */
  static Cursor fromOverflow(Source source, Filters filters, long sequence) {
    source.lock.assertHeld();
    Cursor cursor = new Cursor(source, filters, sequence - 1);
    cursor.setDue(1, sequence);
    return cursor;
  }

  /** A client that misses the newest event, and those that follow until its queue is empty. */
  static Cursor dropping(Source source) {
    source.lock.assertHeld();
    long last = source.history.lastSequence();
    Cursor cursor = new Cursor(source, null, last);
    cursor.setDue(1, last);
    return cursor;
  }

  /** A client that has its events up to the one with this id. */
  static Cursor fromId(Source source, Filters filters, String epoch, EventId last) {
    source.lock.assertHeld();
    boolean known = last.epoch().equals(epoch);
    Cursor cursor = new Cursor(source, filters, known ? last.sequence() : 0);
    cursor.pendingGap = known ? null : GapReason.RESTARTED;
    cursor.countDue();
    return cursor;
  }

  /** A client of a shared log that came with an id. */
  static Cursor inLog(Source source, Filters filters, String lastEventId) {
    source.lock.assertHeld();
    Cursor cursor = new Cursor(source, filters, 0);
    cursor.inLog = true;
    cursor.lastEventId = lastEventId;
    cursor.came = source.history.copiedThrough();
    return cursor;
  }

  /** A client of a shared log that came with the id of this event, if there is one. */
  static Cursor atEvent(Source source, Filters filters, EventId event) {
    Cursor cursor = atPosition(source, filters, event, null);
    cursor.came = source.history.copiedThrough();
    cursor.reached = false;
    return cursor;
  }

  /** A client of a shared log that has its events up to a position, except for a pending gap. */
  static Cursor atPosition(
      Source source, Filters filters, EventId position, @Nullable GapReason pendingGap) {
    source.lock.assertHeld();
    Cursor cursor = new Cursor(source, filters, position.sequence());
    cursor.enterLog(position);
    cursor.pendingGap = pendingGap;
    return cursor;
  }

  private void enterLog(EventId at) {
    inLog = true;
    position = at;
    reached = true;
  }

  /** Begins to count anew. The writer goes on waiting if it waits. */
  private void setDue(long events, long sequence) {
    given = 0;
    due.set(2 * events + (due.get() & WAITING));
    countedThrough = Math.max(after, sequence);
  }

  /** Counts what is kept for the client, and what is known to be missing. */
  private void countDue() {
    Filters selected = filters();
    long evicted = source.history.evictedAfter(selected, after);
    if (evicted < 0 && pendingGap == null) {
      pendingGap = GapReason.EVICTED;
    }
    long kept = source.history.count(selected, after, through);
    setDue(kept + Math.max(0, evicted), source.history.lastSequence());
  }

  private Filters filters() {
    return Objects.requireNonNull(filters);
  }

  /** Counts an event that was published to the client. */
  Due published(long sequence) {
    source.lock.assertHeld();
    long events = sequence > countedThrough && !inLog ? 2 : 0;
    while (true) {
      long current = due.get();
      if (current == DONE) {
        return Due.CAUGHT_UP;
      }
      boolean waiting = (current & WAITING) != 0;
      if (due.compareAndSet(current, (waiting ? current - WAITING : current) + events)) {
        return waiting ? Due.WAKES : Due.COUNTED;
      }
    }
  }

  /** Returns whether the writer waits, and now has to be asked to go on. */
  boolean wakes() {
    source.lock.assertHeld();
    long current = due.get();
    return current != DONE
        && (current & WAITING) != 0
        && due.compareAndSet(current, current - WAITING);
  }

  /** Returns whether the events that are published now are lost to the client. */
  boolean isDropping() {
    return filters == null;
  }

  boolean hasCaughtUp() {
    return due.get() == DONE;
  }

  /** Ends a cursor that drops. Returns whether its client still has to be told of a gap. */
  boolean giveUpDropped() {
    source.lock.assertHeld();
    return isDropping() && due.getAndSet(DONE) > 0;
  }

  /** No event published from now on is for the client. */
  void stop() {
    source.lock.assertHeld();
    stopped = true;
    stoppedAt = source.history.copiedThrough();
    through = source.history.lastSequence();
  }

  /**
   * Returns the number of events that wait for the client; in a shared log, the most that there can
   * be.
   */
  long waiting() {
    source.lock.assertHeld();
    long current = due.get();
    if (isDropping() || current == DONE) {
      return 0;
    }
    if (!inLog) {
      return Math.max(0, (current >> 1) - given);
    }
    EventId end = source.history.copiedThrough();
    return position == null || end == null || !sameEpoch(position, end)
        ? 0
        : Math.max(0, end.sequence() - position.sequence());
  }

  /**
   * Adds the next events to an empty batch, after a gap notice if there is one to give. Called by
   * the client's writer, without a lock.
   */
  Progress read(Batch batch) {
    if (isDropping()) {
      long missed = due.getAndSet(DONE) >> 1;
      if (missed > 0) {
        batch.add(GapNotice.of(missed, GapReason.OVERFLOW));
      }
      return Progress.CAUGHT_UP;
    }
    if (source.archive == null && pendingGapWasGiven()) {
      long reached = source.history.read(filters(), after, through, batch);
      if (reached != History.EVICTED) {
        return give(batch.events(), reached);
      }
      batch.clear();
    }
    return readLocked(batch);
  }

  /** Read by the writer, which alone clears it once the cursor has begun. */
  private boolean pendingGapWasGiven() {
    return pendingGap == null;
  }

  private Progress readLocked(Batch batch) {
    String id;
    EventId at;
    source.lock.lockAfterPublishers();
    try {
      if (!needsLog()) {
        return isOver() ? giveUp() : readHistory(batch);
      }
      id = lastEventId;
      at = position;
      asked = source.history.copiedThrough();
    } finally {
      source.lock.unlockAfterPublishers();
    }
    return readLog(id, at, batch);
  }

  /** Reads from the history, which has all events that the client can still be given. */
  private Progress readHistory(Batch batch) {
    long kept = source.history.count(filters(), after, through);
    GapReason gap = pendingGap;
    long missed = (due.get() >> 1) - given - kept;
    if (source.archive != null) {
      setDue(kept, source.history.lastSequence());
      missed = 0;
    } else if (gap != null) {
      batch.add(GapNotice.of(GapNotice.UNKNOWN, gap));
      pendingGap = null;
    } else if (missed > 0) {
      batch.add(GapNotice.of(missed, GapReason.EVICTED));
    }
    long reached = source.history.readLocked(filters(), after, through, batch);
    return give(batch.events() + Math.max(0, missed), reached);
  }

  /** Counts a page, and decides how to go on. */
  private Progress give(long events, long reached) {
    after = reached;
    long total = given + events;
    given = total;
    while (true) {
      long current = due.get();
      if (current == DONE || total < current >> 1) {
        return current == DONE ? Progress.CAUGHT_UP : Progress.MORE;
      }
      boolean waits = total > current >> 1 || isAheadOfCopy();
      if (due.compareAndSet(current, waits ? current | WAITING : DONE)) {
        return waits ? Progress.WAITING : Progress.CAUGHT_UP;
      }
    }
  }

  /** The client comes from a broker that had read further in the shared log. */
  private boolean isAheadOfCopy() {
    return source.archive != null
        && after > source.history.lastSequence()
        && through == Long.MAX_VALUE;
  }

  private Progress giveUp() {
    due.set(DONE);
    return Progress.CAUGHT_UP;
  }

  /**
   * The shared log begins anew after a position.
   *
   * @param last the end of the history until now
   */
  void beginAnew(@Nullable EventId last, EventId begin) {
    source.lock.assertHeld();
    if (!inLog) {
      leaveHistory();
    }
    if (last != null && !last.epoch().equals(begin.epoch()) && pendingGap == null) {
      pendingGap = GapReason.RESTARTED;
    }
  }

  private void leaveHistory() {
    String epoch = Objects.requireNonNull(source.history.copiedAfter()).epoch();
    enterLog(new EventId(epoch, after));
    if (stopped) {
      stoppedAt = new EventId(epoch, through);
    }
    setDue(0, after);
  }

  /** Decides where to read next: returns true for the log, false for the history, or the end. */
  private boolean needsLog() {
    if (source.archive == null) {
      return false;
    }
    if (inLog) {
      return !isOver() && !entersHistory();
    }
    if (source.history.reachesBackTo(filters(), after)) {
      return false;
    }
    leaveHistory();
    return true;
  }

  /** Returns whether the history reaches back to the position, and goes on there. */
  private boolean entersHistory() {
    EventId at = position;
    EventId end = source.history.copiedThrough();
    if (lastEventId != null || pendingGap != null || at == null || end == null) {
      return false;
    }
    if (!sameEpoch(at, end) || (at.sequence() > end.sequence() && !reached)) {
      return false;
    }
    if (!source.history.reachesBackTo(filters(), at.sequence())) {
      return false;
    }
    inLog = false;
    after = at.sequence();
    if (stopped) {
      through = stoppedAt == null ? 0 : stoppedAt.sequence();
    }
    return true;
  }

  /** Returns whether the client, in the log, has passed the last event that is for it. */
  private boolean isOver() {
    EventId at = position;
    EventId last = stoppedAt;
    return inLog
        && stopped
        && lastEventId == null
        && (last == null
            || at == null
            || (sameEpoch(at, last) && at.sequence() >= last.sequence()));
  }

  private Progress readLog(@Nullable String id, @Nullable EventId at, Batch batch) {
    Archive archive = Objects.requireNonNull(source.archive);
    Archive.Page page = archive.read(id, at);
    source.lock.lockAfterPublishers();
    try {
      if (due.get() == DONE) {
        return Progress.CAUGHT_UP;
      }
      if (page != null) {
        take(page, batch);
      }
      boolean nothing =
          page == null
              ? !archive.isAvailable()
              : batch.isEmpty()
                  && page.lines().isEmpty()
                  && Objects.equals(asked, source.history.copiedThrough());
      if (!nothing || isOver()) {
        return Progress.MORE;
      }
      due.set(due.get() | WAITING);
      return Progress.WAITING;
    } finally {
      source.lock.unlockAfterPublishers();
    }
  }

  /** Takes what is for the client from a page that was read for it. */
  void take(Archive.Page page, Batch batch) {
    source.lock.assertHeld();
    if (lastEventId != null) {
      begin(page);
    }
    GapReason gap = pendingGap;
    if (gap != null) {
      addGap(gap, batch);
      pendingGap = null;
    }
    if (page.after() != null && page.end() != null) {
      takeEnd(page.end(), batch);
    }
    for (Archive.Line line : page.lines()) {
      if (batch.isFull() || isOver() || !take(line, batch)) {
        return;
      }
    }
  }

  private void begin(Archive.Page page) {
    position = page.after();
    if (position == null) {
      pendingGap = GapReason.UNKNOWN_ID;
      startAnew(page.end());
    } else if (came != null && !sameEpoch(position, came)) {
      pendingGap = GapReason.RESTARTED;
    }
    lastEventId = null;
  }

  /** Goes on as a client without an id, from when it came. */
  private void startAnew(@Nullable EventId end) {
    position = came == null ? end : came;
    reached = true;
  }

  private void takeEnd(EventId end, Batch batch) {
    EventId at = Objects.requireNonNull(position);
    reached = true;
    if (!sameEpoch(at, end)) {
      addGap(GapReason.RESTARTED, batch);
      position = end;
    } else if (at.sequence() > end.sequence()) {
      addGap(GapReason.FUTURE_ID, batch);
      startAnew(end);
    } else if (at.sequence() < end.sequence()) {
      addGap(GapReason.EVICTED, batch);
      position = end;
    }
  }

  /** Returns false if the line is left for another batch. */
  private boolean take(Archive.Line line, Batch batch) {
    GapReason missing = missingBefore(line.id());
    if (missing != null && !addGap(missing, batch)) {
      return false;
    }
    if (filters().match(TopicName.segments(line.topic()))) {
      batch.add(line.frame());
    }
    position = line.id();
    reached = true;
    return true;
  }

  /**
   * Adds a notice without a number to an empty batch. A second reason at the same position adds
   * nothing.
   *
   * @return false if the batch has events, so that the notice is for the next one
   */
  private static boolean addGap(GapReason reason, Batch batch) {
    if (batch.isEmpty()) {
      batch.add(GapNotice.of(GapNotice.UNKNOWN, reason));
    }
    return batch.events() == 0;
  }

  private @Nullable GapReason missingBefore(EventId id) {
    EventId at = Objects.requireNonNull(position);
    if (!sameEpoch(at, id)) {
      return GapReason.RESTARTED;
    }
    return id.sequence() == at.sequence() + 1 ? null : GapReason.EVICTED;
  }

  private static boolean sameEpoch(EventId one, EventId other) {
    return one.epoch().equals(other.epoch());
  }
}
