package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A cursor of a client of a shared log. */
abstract class LogReplayFixture extends ReplayFixture {
  final Cursor.Source source = new Cursor.Source(lock, history, archive);

  /**
   * Returns the cursor of a client that has e-8 from the copy, and then reads e-9, its last event.
   */
  final Cursor inTheCopy() {
    copyAfter("e-7");
    publishLarge("a", 70_000);
    publishLarge("a", 70_000);
    Cursor cursor = atPosition("e-7");
    assertEquals(List.of("e-8", "MORE"), read(cursor));
    return cursor;
  }

  final void assertOver(Cursor cursor) {
    int reads = log.reads;
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
    assertTrue(cursor.hasCaughtUp());
    assertEquals(reads, log.reads);
  }

  /** Asserts where the cursor is, by the distance to the end of a copy. */
  final void assertPosition(String position, Cursor cursor) {
    EventId at = id(position);
    copyAfter(at.epoch() + "-100");
    assertEquals(100 - at.sequence(), waiting(cursor));
  }

  /** Delivers an event that the log has already. */
  final Cursor.Progress deliver(Cursor cursor, String topic) {
    Frame frame = history.encode(topic, Event.of("x"));
    return locked(() -> {
      history.append(topic, frame, 0);
      return cursor.published(frame.sequence());
    });
  }

  final void copyAfter(String position) {
    locked(() -> history.copyAfter(id(position)));
  }

  /** Has the history begin anew, as the broker does it. */
  final void beginAnew(Cursor cursor, String begin) {
    locked(() -> {
      cursor.beginAnew(history.copiedThrough(), id(begin));
      history.copyAfter(id(begin));
    });
  }

  final Cursor atPosition(String position) {
    return atPosition(position, null);
  }

  final Cursor atPosition(String position, @Nullable GapReason gap) {
    return locked(() -> Cursor.atPosition(source, FILTERS, id(position), gap));
  }

  final Cursor inLog(String lastEventId) {
    return locked(() -> Cursor.inLog(source, FILTERS, lastEventId));
  }
}
