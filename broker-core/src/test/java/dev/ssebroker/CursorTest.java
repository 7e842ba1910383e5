package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A cursor without a shared log. */
class CursorTest extends ReplayFixture {
  private final Cursor.Source source = new Cursor.Source(lock, history, null);

  @Test
  void eventsOfSeveralTopicsAreReadInTheirOrder() {
    publish("a", "b", "other", "b", "a", "b");
    Cursor cursor = fromId("e-1");
    assertEquals(4, waiting(cursor));
    assertFalse(cursor.hasCaughtUp());
    assertFalse(cursor.isDropping());

    assertEquals(List.of("e-2", "e-4", "e-5", "e-6", "CAUGHT_UP"), read(cursor));

    assertEquals(0, waiting(cursor));
    assertTrue(cursor.hasCaughtUp());
  }

  @Test
  void patternIsReadAsWell() {
    publish("a", "b", "c/d", "b");
    Cursor cursor = locked(() -> Cursor.fromId(source, filters("*"), id("e-1")));

    assertEquals(List.of("e-2", "e-4", "CAUGHT_UP"), read(cursor));
  }

  @Test
  void clientThatHasAllEventsCatchesUpAtOnce() {
    publish("a", "other");

    assertEquals(List.of("CAUGHT_UP"), read(fromId("e-1")));
  }

  @Test
  void fullBatchLeavesTheRestToTheNext() {
    for (int i = 1; i <= 3; i++) {
      publishLarge("a", 40_000);
    }
    Cursor cursor = fromId("e-0");

    assertEquals(List.of("e-1", "e-2", "MORE"), read(cursor));
    assertEquals(1, waiting(cursor));
    assertFalse(cursor.hasCaughtUp());
    assertEquals(List.of("e-3", "CAUGHT_UP"), read(cursor));
  }

  // Events that are published during a replay.

  @Test
  void topicThatAppearsDuringTheReplayIsRead() {
    publish("a", "a");
    Cursor cursor = fromId("e-1");

    assertEquals(Cursor.Progress.MORE, publish(cursor, "b"));

    assertEquals(2, waiting(cursor));
    assertEquals(List.of("e-2", "e-3", "CAUGHT_UP"), read(cursor));
  }

  @Test
  void eventThatIsPublishedAfterTheCursorCaughtUpIsNotItsOwn() {
    Cursor cursor = fromId("e-0");
    assertEquals(List.of("CAUGHT_UP"), read(cursor));

    assertEquals(Cursor.Progress.CAUGHT_UP, publish(cursor, "a"));

    assertEquals(0, waiting(cursor));
    assertFalse(locked(cursor::wakes));
  }

  /** The history has the event before its publisher counts it. */
  @Test
  void cursorThatIsAheadOfAPublisherWaitsForIt() {
    publish("a");
    Cursor cursor = fromId("e-0");
    publish("a", "a");
    assertEquals(List.of("e-1", "e-2", "e-3", "WAITING"), read(cursor));
    assertFalse(cursor.hasCaughtUp());
    assertEquals(0, waiting(cursor));

    assertEquals(Cursor.Progress.WAITING, locked(() -> cursor.published(2)));
    assertEquals(List.of("WAITING"), read(cursor));
    assertEquals(Cursor.Progress.WAITING, locked(() -> cursor.published(3)));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
  }

  @Test
  void cursorThatWaitsIsWokenOnce() {
    Cursor cursor = fromId("e-0");
    assertFalse(locked(cursor::wakes));
    publish("a", "a");
    assertEquals(List.of("e-1", "e-2", "WAITING"), read(cursor));

    assertTrue(locked(cursor::wakes));
    assertFalse(locked(cursor::wakes));
    assertEquals(Cursor.Progress.MORE, locked(() -> cursor.published(1)));
    assertEquals(List.of("WAITING"), read(cursor));
    assertEquals(Cursor.Progress.WAITING, locked(() -> cursor.published(2)));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
  }

  @Test
  void eventThatWasThereWhenTheCursorBeganIsNotCountedTwice() {
    publish("a", "a");
    Cursor cursor = fromId("e-0");

    assertEquals(Cursor.Progress.MORE, locked(() -> cursor.published(2)));

    assertEquals(2, waiting(cursor));
    assertEquals(List.of("e-1", "e-2", "CAUGHT_UP"), read(cursor));
  }

  // Gaps.

  @Test
  void evictedEventsAreCounted() {
    publish("other", "a", "a", "a", "a", "a", "b", "b", "b", "b");
    Cursor cursor = fromId("e-1");
    assertEquals(9, waiting(cursor));

    assertEquals(
        List.of("3 evicted", "e-4", "e-5", "e-6", "e-8", "e-9", "e-10", "CAUGHT_UP"), read(cursor));
  }

  /** Some of the evicted events came before the client's last one. */
  @Test
  void numberOfEvictedEventsMayBeUnknown() {
    publish("a", "a", "a", "a", "a");

    assertEquals(List.of("evicted", "e-3", "e-4", "e-5", "CAUGHT_UP"), read(fromId("e-1")));
    assertEquals(List.of("e-3", "e-4", "e-5", "CAUGHT_UP"), read(fromId("e-2")));
  }

  /** With their topics, the number of their events is forgotten. */
  @Test
  void topicsThatWereForgottenAreAGapOfUnknownLength() {
    publish("old", "old");
    for (int i = 0; i < 16_384; i++) {
      publish("topic/" + i);
    }
    publish("a");

    assertEquals(List.of("evicted", "e-16387", "CAUGHT_UP"), read(fromId("e-2")));
    assertEquals(List.of("e-16387", "CAUGHT_UP"), read(fromId("e-3")));
  }

  @Test
  void clientOfAnotherEpochHasOneNoticeAndAllEvents() {
    publish("a", "a", "a", "a");
    Cursor cursor = fromId("old-3");

    assertEquals(4, waiting(cursor));
    assertEquals(Cursor.Progress.MORE, publish(cursor, "b"));
    assertEquals(List.of("restarted", "e-2", "e-3", "e-4", "e-5", "CAUGHT_UP"), read(cursor));
  }

  @Test
  void pendingGapIsGivenThoughNothingWasEvicted() {
    publish("a", "b");

    assertEquals(List.of("restarted", "e-1", "e-2", "CAUGHT_UP"), read(fromId("old-1")));
  }

  /** It makes the page without the lock useless, but is no gap. */
  @Test
  void evictedEventOfAnotherTopicIsNoGapForAClientOfAPattern() {
    publish("x/y", "a", "a", "a", "a", "x/y");
    Cursor cursor = locked(() -> Cursor.fromId(source, filters("x/*"), id("e-0")));

    assertEquals(List.of("e-1", "e-6", "CAUGHT_UP"), read(cursor));
  }

  /** One notice says it all, also about events that were evicted since. */
  @Test
  void pendingGapIsGivenOnce() {
    for (int i = 1; i <= 3; i++) {
      publishLarge("a", 40_000);
    }
    Cursor cursor = fromId("old-3");
    publishLarge("a", 40_000);
    locked(() -> cursor.published(4));

    assertEquals(List.of("restarted", "e-2", "e-3", "MORE"), read(cursor));
    assertEquals(List.of("e-4", "CAUGHT_UP"), read(cursor));
  }

  @Test
  void gapIsFoundAfterTheFirstPage() {
    for (int i = 1; i <= 3; i++) {
      publishLarge("a", 40_000);
    }
    Cursor cursor = fromId("e-0");
    assertEquals(List.of("e-1", "e-2", "MORE"), read(cursor));

    publish(cursor, "a", "a", "a", "a");

    assertEquals(5, waiting(cursor));
    assertEquals(List.of("2 evicted", "e-5", "e-6", "e-7", "CAUGHT_UP"), read(cursor));
  }

  /** All that is due was evicted. */
  @Test
  void gapMayHaveNoEventAfterIt() {
    History history = new History(lock, "e", 3, Long.MAX_VALUE, 10);
    Frame frame = history.encode("a", Event.of("x"));
    Cursor cursor =
        locked(() -> {
          history.append("a", frame, 0);
          return Cursor.fromOverflow(new Cursor.Source(lock, history, null), FILTERS, 1);
        });
    locked(() -> history.expire(1000));

    assertEquals(List.of("1 evicted", "CAUGHT_UP"), read(cursor));
  }

  // A queue that overflowed.

  @Test
  void clientThatOverflowedReadsFromTheEventForWhichThereWasNoRoom() {
    publish("a", "a", "a");
    Cursor cursor = locked(() -> Cursor.fromOverflow(source, FILTERS, 3));
    publish("other");
    assertEquals(Cursor.Progress.MORE, publish(cursor, "b"));
    assertEquals(2, waiting(cursor));

    assertEquals(List.of("e-3", "e-5", "CAUGHT_UP"), read(cursor));
  }

  @Test
  void clientThatIsSlowerThanEvictionHasANoticeOfEachLoss() {
    publishLarge("a", 40_000);
    Cursor cursor = locked(() -> Cursor.fromOverflow(source, FILTERS, 1));
    for (int sequence = 2; sequence <= 5; sequence++) {
      publishLarge("a", 40_000);
      long published = sequence;
      assertEquals(Cursor.Progress.MORE, locked(() -> cursor.published(published)));
    }
    assertEquals(List.of("2 evicted", "e-3", "e-4", "MORE"), read(cursor));

    publish(cursor, "b", "a", "a", "a", "a");

    assertEquals(List.of("2 evicted", "e-6", "e-8", "e-9", "e-10", "CAUGHT_UP"), read(cursor));
  }

  @Test
  void clientThatDropsReadsNothingAndHasANoticeOfAllItMissed() {
    publish("a", "a");
    Cursor cursor = locked(() -> Cursor.dropping(source));
    assertEquals(Cursor.Progress.MORE, publish(cursor, "a"));
    assertTrue(cursor.isDropping());
    assertEquals(0, waiting(cursor));
    assertFalse(cursor.hasCaughtUp());

    assertEquals(List.of("2 overflow", "CAUGHT_UP"), read(cursor));

    assertTrue(cursor.hasCaughtUp());
    assertEquals(Cursor.Progress.CAUGHT_UP, publish(cursor, "a"));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
  }

  @Test
  void clientThatDropsMayBeGivenUpBeforeItsNotice() {
    publish("a");
    Cursor cursor = locked(() -> Cursor.dropping(source));

    assertTrue(locked(cursor::giveUpDropped));
    assertFalse(locked(cursor::giveUpDropped));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));

    Cursor read = locked(() -> Cursor.dropping(source));
    assertEquals(List.of("1 overflow", "CAUGHT_UP"), read(read));
    assertFalse(locked(read::giveUpDropped));
    Cursor reading = fromId("e-0");
    assertFalse(locked(reading::giveUpDropped));
    assertEquals(List.of("e-1", "CAUGHT_UP"), read(reading));
  }

  // The end.

  @Test
  void clientThatWasStoppedReadsNothingThatWasPublishedAfterwards() {
    publish("a", "b");
    Cursor cursor = fromId("e-0");
    locked(cursor::stop);
    publish("a");

    assertEquals(2, waiting(cursor));
    assertEquals(List.of("e-1", "e-2", "CAUGHT_UP"), read(cursor));
  }

  @Test
  void clientThatWasStoppedHasANoticeOfWhatWasEvictedSince() {
    publish("a", "a");
    Cursor cursor = fromId("e-0");
    locked(cursor::stop);

    publish("a", "a");

    assertEquals(List.of("1 evicted", "e-2", "CAUGHT_UP"), read(cursor));
  }

  // The lock.

  @Test
  void historyIsReadWithoutTheLockUnlessAnEventIsMissing() throws Exception {
    publish("a", "a", "a");
    Cursor whole = fromId("e-0");
    Cursor missing = fromId("e-0");
    lock.lock();
    Future<List<String>> readMissing;
    try {
      assertEquals(
          List.of("e-1", "e-2", "e-3", "CAUGHT_UP"), Stage.await(Stage.async(() -> read(whole))));
      publish("a");
      assertEquals(Cursor.Progress.MORE, missing.published(4));
      CountDownLatch started = new CountDownLatch(1);
      readMissing =
          Stage.async(() -> {
            started.countDown();
            return read(missing);
          });
      Stage.await(started, "the start");
      assertFalse(readMissing.isDone());
    } finally {
      lock.unlock();
    }
    assertEquals(List.of("1 evicted", "e-2", "e-3", "e-4", "CAUGHT_UP"), Stage.await(readMissing));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void methodThatNeedsTheLockFailsWithoutIt(String name, Consumer<CursorTest> method) {
    assertEquals(
        "the broker's lock is not held",
        assertThrows(AssertionError.class, () -> method.accept(this)).getMessage());
  }

  static Stream<Arguments> methodThatNeedsTheLockFailsWithoutIt() {
    EventId at = id("e-0");
    return Stream.of(
        method("fromOverflow", test -> Cursor.fromOverflow(test.source, FILTERS, 1)),
        method("dropping", test -> Cursor.dropping(test.source)),
        method("fromId", test -> Cursor.fromId(test.source, FILTERS, at)),
        method("inLog", test -> Cursor.inLog(test.source, FILTERS, "id")),
        method("atPosition", test -> Cursor.atPosition(test.source, FILTERS, at, null)),
        method("published", test -> test.fromId("e-0").published(1)),
        method("wakes", test -> test.fromId("e-0").wakes()),
        method("giveUpDropped", test -> test.fromId("e-0").giveUpDropped()),
        method("stop", test -> test.fromId("e-0").stop()),
        method("waiting", test -> test.fromId("e-0").waiting()),
        method("beginAnew", test -> test.fromId("e-0").beginAnew(null, at)));
  }

  private static Arguments method(String name, Consumer<CursorTest> method) {
    return arguments(name, method);
  }

  /** The client overflows as soon as it has caught up. */
  @Test
  void nothingIsMissedOrReadTwiceWhileAnotherThreadPublishes() throws Exception {
    int events = 20_000;
    AtomicReference<Cursor> current = new AtomicReference<>(fromId("e-0"));
    Future<Boolean> publisher =
        Stage.async(() -> {
          for (int i = 0; i < events; i++) {
            Frame frame = history.encode("a", Event.of("x"));
            locked(() -> {
              history.append("a", frame, 0);
              if (current.get().published(frame.sequence()) == Cursor.Progress.CAUGHT_UP) {
                current.set(Cursor.fromOverflow(source, FILTERS, frame.sequence()));
              }
            });
          }
          return true;
        });
    Batch batch = new Batch(new Deflation());
    long last = 0;

    while (last < events) {
      Cursor cursor = current.get();
      if (!cursor.hasCaughtUp()) {
        cursor.read(batch);
        for (GapNotice notice : batch.gaps()) {
          last += notice.missed;
        }
        for (long sequence : Frames.sequences(batch)) {
          assertEquals(++last, sequence);
        }
        batch.clear();
      }
    }

    assertTrue(Stage.await(publisher));
    assertEquals(events, last);
    assertEquals(List.of("CAUGHT_UP"), readAll(current.get()));
  }

  private Cursor fromId(String last) {
    return locked(() -> Cursor.fromId(source, FILTERS, id(last)));
  }
}
