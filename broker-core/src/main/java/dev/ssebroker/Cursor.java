package dev.ssebroker;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The replay of one client: a position, a pending gap, and an end if the client is draining. It
 * reads from the history while that reaches back to the position, else from the shared log.
 */
final class Cursor {
  /*
   * Counting. "due" is the number of events that the client should have been given since its position was
   * set; "given" is the number that it was given, or was notified of as missing. When both are equal, one
   * compare-and-set marks the cursor as caught up. A publisher that counts one more event either comes
   * first, and the replay goes on, or sees the mark, and offers the event to the queue.
   *
   * Locks. Pages of the history are read without a lock, so that a crowd that replays does not hold up
   * publishers. A cursor that sees an event before its publisher has counted it waits for the publisher.
   * A copy of a shared log may begin anew at any time, so it is read and counted under the lock.
   *
   * The gap rule. A notice goes out before the page. In the history, events are missing if it has fewer
   * for the client than are due and not yet given. That can only be after an eviction, which History.read
   * notices; the cursor then takes the lock and counts. In the log, neighbouring ids show whether something
   * is missing between them; how much of it was for this client is unknown. A page without events shows
   * the end of the log: it is the client's position, or the position does not exist.
   *
   * The end. In a shared log, the events that are not for the client follow its end in the same epoch, or
   * are of an epoch that follows that one, or of one that the broker began to copy since.
   */
  enum Progress {
    /** There may be more to read. */
    MORE,
    /** There is nothing to read before the next event, or the answer of the log. */
    WAITING,
    /** The client has all events, and is live. */
    CAUGHT_UP
  }

  /** What a client reads from: those of its broker. */
  record Source(BrokerLock lock, History history, @Nullable Archive archive) {
    /** Returns the epoch of the log that the history copies; null if there is none. */
    private @Nullable String epoch() {
      EventId after = history.copiedAfter();
      return after == null ? null : after.epoch();
    }
  }

  /** In the place of a count: the cursor has caught up, or was given up. */
  private static final long DONE = -1;

  /** Added to twice the count of due events while the writer waits for the next one. */
  private static final long WAITING = 1;

  /** Those of a cursor that drops: it reads nothing, and all that is due is missing. */
  private static final Filters NONE = Filters.of(List.of());

  private final Source source;
  private final Filters filters;

  /** Events up to this sequence were published before the cursor began. */
  private final long countedThrough;

  /** Twice the number of events due, and WAITING; or DONE. */
  private final AtomicLong due = new AtomicLong();

  // Written by the writer: "given", and the sequence up to which the client has its events.
  private volatile long given;
  private volatile long after;

  /** No event after this sequence is for the client. Written under the lock. */
  private volatile long through = Long.MAX_VALUE;

  /** The reason for a notice before the next page. Written by the writer, or under the lock. */
  private @Nullable GapReason pendingGap;

  // All below is guarded by the broker's lock, and null without a shared log.

  /** The epoch of the client's position; null while only its id is known. */
  private @Nullable String epoch;

  /** The epoch of its last event; null if it is not draining, or is over in any epoch. */
  private @Nullable String lastEpoch;

  /** The id that the client came with, unless that was a known position. */
  private @Nullable String lastEventId;

  /** The end of the history when it came; null if there was none. */
  private @Nullable EventId came;

  private Cursor(Source source, Filters filters, long after, @Nullable GapReason pendingGap) {
    source.lock.assertHeld();
    this.source = source;
    this.filters = filters;
    this.after = after;
    this.pendingGap = pendingGap;
    this.countedThrough = source.history.lastSequence();
  }

  /** A client whose queue had no room for the newest event. */
  static Cursor fromOverflow(Source source, Filters filters, long sequence) {
    Cursor cursor = new Cursor(source, filters, sequence - 1, null);
    cursor.epoch = source.epoch();
    cursor.due.set(2);
    return cursor;
  }

  /** A client that misses the newest event, and those that follow until its queue is empty. */
  static Cursor dropping(Source source) {
    return fromOverflow(source, NONE, source.history.lastSequence());
  }

  /** A client that has its events up to the one with this id, without a shared log. */
  static Cursor fromId(Source source, Filters filters, EventId last) {
    boolean known = last.epoch().equals(source.history.epoch());
    long after = known ? last.sequence() : 0;
    long evicted = source.history.evictedAfter(filters, after);
    GapReason gap = evicted < 0 ? GapReason.EVICTED : null;
    Cursor cursor = new Cursor(source, filters, after, known ? gap : GapReason.RESTARTED);
    cursor.due.set(2 * (cursor.kept() + Math.max(0, evicted)));
    return cursor;
  }

  /** A client of a shared log that came with an id. */
  static Cursor inLog(Source source, Filters filters, String lastEventId) {
    Cursor cursor = new Cursor(source, filters, 0, null);
    cursor.lastEventId = lastEventId;
    cursor.came = source.history.copiedThrough();
    return cursor;
  }

  /** A client of a shared log that has its events up to a position, except for a pending gap. */
  static Cursor atPosition(
      Source source, Filters filters, EventId position, @Nullable GapReason pendingGap) {
    Cursor cursor = new Cursor(source, filters, position.sequence(), pendingGap);
    cursor.epoch = position.epoch();
    return cursor;
  }

  /** Counts an event. Returns the progress before; a WAITING writer has to be asked to read. */
  Progress published(long sequence) {
    source.lock.assertHeld();
    long events = sequence > countedThrough ? 2 : 0;
    while (true) {
      long current = due.get();
      if (current == DONE) {
        return Progress.CAUGHT_UP;
      }
      long waiting = current & WAITING;
      if (due.compareAndSet(current, current - waiting + events)) {
        return waiting == 0 ? Progress.MORE : Progress.WAITING;
      }
    }
  }

  /** Returns whether the writer waits, and now has to be asked to go on. */
  boolean wakes() {
    return published(0) == Progress.WAITING;
  }

  /** Returns whether the events that are published now are lost to the client. */
  boolean isDropping() {
    return filters.list().isEmpty();
  }

  boolean hasCaughtUp() {
    return due.get() == DONE;
  }

  /** Ends a cursor that drops. Returns whether its client still has to be notified of a gap. */
  boolean giveUpDropped() {
    source.lock.assertHeld();
    return isDropping() && due.getAndSet(DONE) > 0;
  }

  /** No event published from now on is for the client. */
  void stop() {
    source.lock.assertHeld();
    lastEpoch = source.epoch();
    through = source.history.lastSequence();
  }

  /** Returns how many events wait for the client; the most that can, if it reads a shared log. */
  long waiting() {
    source.lock.assertHeld();
    if (isDropping() || hasCaughtUp()) {
      return 0;
    }
    if (source.archive == null) {
      return Math.max(0, (due.get() >> 1) - given);
    }
    if (isCopied()) {
      return kept();
    }
    boolean sameEpoch = Objects.equals(epoch, source.epoch());
    return sameEpoch ? Math.max(0, source.history.lastSequence() - after) : 0;
  }

  /** Returns the number of events that the history has and the client has yet to be given. */
  private long kept() {
    return source.history.count(filters, after, through);
  }

  /** Adds a gap notice and the next events to an empty batch. For the writer, without a lock. */
  Progress read(Batch batch) {
    if (hasCaughtUp()) {
      return Progress.CAUGHT_UP;
    }
    if (isDropping()) {
      addGap(Math.max(0, due.getAndSet(DONE) >> 1), GapReason.OVERFLOW, batch);
      return Progress.CAUGHT_UP;
    }
    if (source.archive != null) {
      return readShared(source.archive, batch);
    }
    if (pendingGap == null) {
      long end = through;
      long reached = source.history.read(filters, after, end, batch);
      // The client's end may be asked for, and more be published, before the page is read.
      if (reached != History.EVICTED && end == through) {
        return give(batch.events(), reached);
      }
      batch.clear();
    }
    source.lock.lockAfterPublishers();
    try {
      long missed = Math.max(0, (due.get() >> 1) - given - kept());
      addPendingGap(batch);
      addGap(missed, GapReason.EVICTED, batch);
      long reached = source.history.readLocked(filters, after, through, batch);
      return give(batch.events() + missed, reached);
    } finally {
      source.lock.unlockAfterPublishers();
    }
  }

  /** Counts a page, and decides how to go on. */
  private Progress give(long events, long reached) {
    after = reached;
    long total = given + events;
    given = total;
    while (true) {
      long current = due.get();
      long left = (current >> 1) - total;
      if (left > 0) {
        return Progress.MORE;
      }
      if (due.compareAndSet(current, left == 0 ? DONE : current | WAITING)) {
        return left == 0 ? Progress.CAUGHT_UP : Progress.WAITING;
      }
    }
  }

  private void addPendingGap(Batch batch) {
    addGap(GapNotice.UNKNOWN, pendingGap, batch);
    pendingGap = null;
  }

  /** Adds a notice if there is a gap. A second reason at the same position adds nothing. */
  private static void addGap(long missed, @Nullable GapReason reason, Batch batch) {
    if (missed != 0 && reason != null && batch.isEmpty()) {
      batch.add(new GapNotice(missed, reason));
    }
  }

  // The shared log.

  /** The history, which ended at a position until now, begins anew after another. */
  void beginAnew(@Nullable EventId last, EventId begin) {
    source.lock.assertHeld();
    if (last != null && !last.epoch().equals(begin.epoch()) && pendingGap == null) {
      pendingGap = GapReason.RESTARTED;
    }
  }

  private Progress readShared(Archive archive, Batch batch) {
    String id;
    EventId position;
    EventId asked;
    source.lock.lockAfterPublishers();
    try {
      if (isOver()) {
        return giveUp();
      }
      if (isCopied()) {
        return readCopy(batch);
      }
      id = lastEventId;
      position = epoch == null ? null : new EventId(epoch, after);
      asked = source.history.copiedThrough();
    } finally {
      source.lock.unlockAfterPublishers();
    }
    Archive.Page page = archive.read(id, position);
    source.lock.lockAfterPublishers();
    try {
      boolean nothing = !archive.isAvailable();
      if (page != null) {
        take(page, batch);
        boolean isUnchanged = Objects.equals(asked, source.history.copiedThrough());
        nothing = isUnchanged && batch.isEmpty() && page.lines().isEmpty();
      }
      return nothing && !isOver() ? await() : Progress.MORE;
    } finally {
      source.lock.unlockAfterPublishers();
    }
  }

  /** Returns whether the history has all events that the client can still be given. */
  private boolean isCopied() {
    return pendingGap == null
        && Objects.equals(epoch, source.epoch())
        && source.history.reachesBackTo(filters, after);
  }

  private Progress readCopy(Batch batch) {
    after = source.history.readLocked(filters, after, through, batch);
    long last = source.history.lastSequence();
    if (after < Math.min(last, through)) {
      return Progress.MORE;
    }
    // The client may come from a broker that had read further in the log.
    return after > last ? await() : giveUp();
  }

  private Progress await() {
    due.set(due.get() | WAITING);
    return Progress.WAITING;
  }

  private Progress giveUp() {
    due.set(DONE);
    return Progress.CAUGHT_UP;
  }

  /** Returns whether no event that follows the client's position is for it. */
  private boolean isOver() {
    return epoch != null && isAfterEnd(epoch, after + 1);
  }

  /** Returns whether an event of the log that follows the client's position is not for it. */
  private boolean isAfterEnd(String epoch, long sequence) {
    if (lastEpoch == null || lastEpoch.equals(epoch)) {
      return sequence > through;
    }
    return lastEpoch.equals(this.epoch) || epoch.equals(source.epoch());
  }

  /** Takes what is for the client from a page that was read for it. */
  void take(Archive.Page page, Batch batch) {
    source.lock.assertHeld();
    if (epoch == null && page.after() != null) {
      moveTo(page.after());
      if (came != null && !came.epoch().equals(epoch)) {
        pendingGap = GapReason.RESTARTED;
      }
    }
    addPendingGap(batch);
    if (page.end() != null) {
      takeEnd(page.end(), batch);
    }
    for (Archive.Line line : page.lines()) {
      if (batch.isFull() || isOver() || !take(line, batch)) {
        return;
      }
    }
  }

  private void moveTo(EventId position) {
    epoch = position.epoch();
    after = position.sequence();
  }

  /** The log ends, and has no events after the client's position. */
  private void takeEnd(EventId end, Batch batch) {
    GapReason gap = gapBefore(end.epoch(), end.sequence() + 1);
    addGap(GapNotice.UNKNOWN, gap, batch);
    if (gap == GapReason.UNKNOWN_ID || gap == GapReason.FUTURE_ID) {
      // The client goes on as one without an id, from when it came.
      moveTo(came == null ? end : came);
      came = null;
      return;
    }
    moveTo(end);
    if (through < Long.MAX_VALUE) {
      lastEpoch = null;
      through = 0;
    }
  }

  /** Returns false if the line is left for another batch, or is not for the client. */
  private boolean take(Archive.Line line, Batch batch) {
    EventId id = line.id();
    GapReason gap = gapBefore(id.epoch(), id.sequence());
    if (gap != null && batch.events() > 0) {
      return false;
    }
    addGap(GapNotice.UNKNOWN, gap, batch);
    if (isAfterEnd(id.epoch(), id.sequence())) {
      lastEpoch = null;
      through = 0;
      return false;
    }
    if (filters.match(TopicName.segments(line.topic()))) {
      batch.add(line.frame());
    }
    moveTo(id);
    return true;
  }

  /** Returns why events are missing between the client's position and another; null if none are. */
  private @Nullable GapReason gapBefore(String epoch, long sequence) {
    if (!epoch.equals(this.epoch)) {
      return this.epoch == null ? GapReason.UNKNOWN_ID : GapReason.RESTARTED;
    }
    if (sequence == after + 1) {
      return null;
    }
    return sequence > after ? GapReason.EVICTED : GapReason.FUTURE_ID;
  }
}
