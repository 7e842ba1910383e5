package dev.ssebroker;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Where a client is that is behind, and how it becomes level. Guarded by the broker's lock. */
final class Resume {
  /*
   * A client that came with a last event id and one whose outbox overflowed are the same: both are
   * behind at a sequence. The writer reads pages of the history after it, each under the lock, and in
   * the critical section of the page that leaves nothing to be read the client goes live: no event
   * can come between.
   *
   * How many events the client ought to have is counted, one up with each event published for it and
   * one down with each it is given. If the history has less than that, the difference is missing, to
   * the event. The count begins with what was published before, as far as the history knows it: if some
   * of what it has forgotten came before the client's last event and some after, nobody does.
   *
   * A client that is not to be served from the history, because there is none or its policy is to
   * drop, reads from no logs: everything it ought to have is then missing.
   *
   * If the history is a copy of a shared log, nothing is counted: what the copy has forgotten, the
   * log may still have, and the client leaves this for a backlog. It may also have come from another
   * broker that had read further in the log; it then waits until the copy is where it was.
   */
  private static final long NOT_KNOWN = -1;

  private final History history;
  private final List<TopicFilter> filters;
  private final GapReason reason;

  /** Said with the first page, without a number. */
  private @Nullable GapReason firstGap;

  private List<TopicLog> logs = List.of();
  private long logsVersion = -1;
  private long after;
  private long through = Long.MAX_VALUE;
  private long expected;

  private Resume(
      History history,
      List<TopicFilter> filters,
      long after,
      long expected,
      GapReason reason,
      @Nullable GapReason firstGap) {
    this.history = history;
    this.filters = filters;
    this.after = after;
    this.expected = expected;
    this.reason = reason;
    this.firstGap = firstGap;
  }

  /**
   * A client that overflowed at the event with the given sequence, and reads it from the history.
   */
  static Resume fromOverflow(History history, List<TopicFilter> filters, long sequence) {
    return new Resume(history, filters, sequence - 1, 1, GapReason.EVICTED, null);
  }

  /** A client that overflowed at an event, and is to miss it and those that follow. */
  static Resume dropping(History history) {
    return new Resume(history, List.of(), history.lastSequence(), 1, GapReason.OVERFLOW, null);
  }

  /** A client that received the event with this id last, and perhaps some that were before it. */
  static Resume fromId(History history, List<TopicFilter> filters, String epoch, EventId last) {
    boolean known = last.epoch().equals(epoch);
    long after = known ? last.sequence() : 0;
    Resume resume =
        new Resume(
            history, filters, after, 0, GapReason.EVICTED, known ? null : GapReason.RESTARTED);
    resume.expectWhatWasPublished();
    return resume;
  }

  /** A client of a shared log that has what stands before a place, and reads on in the copy. */
  static Resume inCopy(History history, List<TopicFilter> filters, long after) {
    Resume resume = new Resume(history, filters, after, 0, GapReason.EVICTED, null);
    resume.selectLogs();
    resume.expected = resume.available();
    return resume;
  }

  /** The sequence of the last event that the client was given or passed. */
  long after() {
    return after;
  }

  /** Whether the history is a copy that lacks something which the client is to read. */
  boolean needsLog() {
    if (history.copiedBehind() == null || isDropping()) {
      return false;
    }
    selectLogs();
    return !history.hasAllAfter(after, logs);
  }

  /** Where the client goes on in the shared log that the history is a copy of. */
  Backlog toBacklog() {
    String epoch = Objects.requireNonNull(history.copiedBehind()).epoch();
    EventId place = new EventId(epoch, after);
    Backlog backlog = isDropping() ? Backlog.fromPlace(place, reason) : Backlog.fromPlace(place);
    if (through < Long.MAX_VALUE) {
      backlog.stop(new EventId(epoch, through));
    }
    return backlog;
  }

  private void expectWhatWasPublished() {
    selectLogs();
    long missed = missedUntilNow();
    if (missed == NOT_KNOWN && firstGap == null) {
      firstGap = reason;
    }
    expected = available() + Math.max(0, missed);
  }

  /** One more event was published for the client. */
  void expectOneMore() {
    expected++;
  }

  /** No event published from now on is for the client. */
  void stop() {
    stop(history.lastSequence());
  }

  /** No event behind a sequence is for the client. */
  void stop(long sequence) {
    through = sequence;
  }

  /** How many events the client ought to be given; 0 if it is to miss them. */
  long waiting() {
    return isDropping() ? 0 : expected;
  }

  /** Adds the next events to the batch, and a gap notice before them if there is one to give. */
  void readPage(Batch batch) {
    selectLogs();
    long available = available();
    if (history.copiedBehind() == null || isDropping()) {
      addGap(batch, available);
    }
    expected = available;
    merge(batch);
  }

  private long available() {
    long available = 0;
    for (TopicLog log : logs) {
      available += log.count(after, through);
    }
    return available;
  }

  /** Whether what is published for the client now is lost to it. */
  boolean isDropping() {
    return filters.isEmpty();
  }

  /** Whether the client has been given all that was published for it. */
  boolean isLevel() {
    return expected == 0 && (after <= history.lastSequence() || through < Long.MAX_VALUE);
  }

  /** Whether there is nothing to read until more is published. */
  boolean isWaiting() {
    return expected == 0 && !isLevel();
  }

  private void selectLogs() {
    if (logsVersion != history.version()) {
      logs = history.select(filters);
      logsVersion = history.version();
    }
  }

  private void addGap(Batch batch, long available) {
    GapReason first = firstGap;
    if (first != null) {
      batch.addGap(new Batch.Gap(NOT_KNOWN, first));
      firstGap = null;
      return;
    }
    long missed = expected - available;
    if (missed != 0) {
      batch.addGap(new Batch.Gap(missed, reason));
    }
  }

  private long missedUntilNow() {
    if (after < history.forgottenThrough()) {
      return NOT_KNOWN;
    }
    long missed = 0;
    for (TopicLog log : logs) {
      long missing = log.missingAfter(after);
      if (missing < 0) {
        return NOT_KNOWN;
      }
      missed += missing;
    }
    return missed;
  }

  private void merge(Batch batch) {
    PriorityQueue<Cursor> cursors =
        new PriorityQueue<>(Comparator.comparingLong(cursor -> cursor.peek().sequence()));
    for (TopicLog log : logs) {
      Cursor cursor = new Cursor(log, log.after(after));
      if (cursor.hasNext()) {
        cursors.add(cursor);
      }
    }
    while (expected > 0 && !batch.isFull() && !cursors.isEmpty()) {
      Cursor next = cursors.remove();
      Frame frame = next.take();
      batch.add(frame);
      after = frame.sequence();
      expected--;
      if (next.hasNext()) {
        cursors.add(next);
      }
    }
  }

  /** Walks over one log, within one hold of the lock. */
  private static final class Cursor {
    private final TopicLog log;
    private long position;

    Cursor(TopicLog log, long position) {
      this.log = log;
      this.position = position;
    }

    boolean hasNext() {
      return log.has(position);
    }

    Frame peek() {
      return log.get(position);
    }

    Frame take() {
      return log.get(position++);
    }
  }
}
