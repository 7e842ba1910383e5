package dev.ssebroker;

import java.util.Comparator;
import java.util.List;
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
   * the event. Only the first page of a client that came with an id cannot know: there, the history
   * tells whether it reaches back.
   *
   * A client that is not to be served from the history, because there is none or its policy is to
   * drop, reads from no logs: everything it ought to have is then missing.
   */
  private static final long NOT_KNOWN = -1;

  private final History history;
  private final List<TopicFilter> filters;
  private final GapReason reason;

  /** Said with the first page, whatever the history has. */
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
    return last.epoch().equals(epoch)
        ? new Resume(history, filters, last.sequence(), NOT_KNOWN, GapReason.EVICTED, null)
        : new Resume(history, filters, 0, NOT_KNOWN, GapReason.EVICTED, GapReason.RESTARTED);
  }

  /** One more event was published for the client. */
  void expectOneMore() {
    if (expected != NOT_KNOWN) {
      expected++;
    }
  }

  /** No event published from now on is for the client. */
  void stop() {
    through = history.lastSequence();
  }

  /** How many events wait for the client; 0 if that is not known yet, or if it is to miss them. */
  long waiting() {
    return isDropping() ? 0 : Math.max(0, expected);
  }

  /** Adds the next events to the batch, and a gap notice before them if there is one to give. */
  void readPage(Batch batch) {
    selectLogs();
    long available = 0;
    for (TopicLog log : logs) {
      available += log.count(after, through);
    }
    addGap(batch, available);
    expected = available;
    merge(batch);
  }

  /** Whether what is published for the client now is lost to it. */
  boolean isDropping() {
    return filters.isEmpty();
  }

  boolean isLevel() {
    return expected == 0;
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
    long missed = expected == NOT_KNOWN ? missedBeforeFirstPage() : expected - available;
    if (missed != 0) {
      batch.addGap(new Batch.Gap(missed, reason));
    }
  }

  private long missedBeforeFirstPage() {
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
