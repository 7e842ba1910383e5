package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A cursor with a shared log, of which the history is a copy. */
class CursorInLogTest extends LogReplayFixture {
  // The copy.

  @Test
  void copyIsReadAfterTheClientsPosition() {
    copyAfter("e-7");
    publish("a", "other", "b");
    Cursor cursor = atPosition("e-7");

    assertEquals(List.of("e-8", "e-10", "CAUGHT_UP"), read(cursor));

    assertEquals(0, log.reads);
    assertTrue(cursor.hasCaughtUp());
    assertEquals(Cursor.Progress.CAUGHT_UP, publish(cursor, "a"));
  }

  /** Its client is live, and has the event in its queue. */
  @Test
  void cursorThatCaughtUpReadsNothingMore() {
    copyAfter("e-7");
    Cursor cursor = atPosition("e-7");
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
    assertEquals(Cursor.Progress.CAUGHT_UP, publish(cursor, "a"));

    assertEquals(List.of("CAUGHT_UP"), read(cursor));
    assertTrue(cursor.hasCaughtUp());
  }

  @Test
  void clientAtTheEndOfTheCopyCatchesUpAtOnce() {
    copyAfter("e-7");
    publish("a");

    assertEquals(List.of("CAUGHT_UP"), read(atPosition("e-8")));
    assertEquals(0, log.reads);
  }

  @Test
  void eventThatIsPublishedDuringTheReplayIsRead() {
    copyAfter("e-7");
    publish("a");
    Cursor cursor = atPosition("e-7");
    assertEquals(Cursor.Progress.MORE, publish(cursor, "b"));

    assertEquals(List.of("e-8", "e-9", "CAUGHT_UP"), read(cursor));
  }

  @Test
  void eventThatIsPublishedBetweenTwoPagesIsCounted() {
    Cursor cursor = inTheCopy();
    assertEquals(1, waiting(cursor));

    assertEquals(Cursor.Progress.MORE, publish(cursor, "b"));

    assertEquals(2, waiting(cursor));
    assertEquals(List.of("e-9", "MORE"), read(cursor));
    assertEquals(List.of("e-10", "CAUGHT_UP"), read(cursor));
    assertEquals(0, log.reads);
  }

  /** The log has what the copy evicted. */
  @Test
  void clientOfACopyHasNoNoticeOfAnEviction() {
    copyAfter("e-7");
    publish("a");
    Cursor cursor = atPosition("e-7");
    publish(cursor, "a", "a", "a");

    assertEquals(List.of("e-8", "e-9", "e-10", "e-11", "CAUGHT_UP"), readAll(cursor));
    assertEquals(1, log.reads);
  }

  @Test
  void clientThatDropsHasANoticeAndNeedsNoLog() {
    copyAfter("e-7");
    publish("a");
    Cursor cursor = locked(() -> Cursor.dropping(source));
    assertEquals(Cursor.Progress.MORE, publish(cursor, "a"));

    assertEquals(List.of("2 overflow", "CAUGHT_UP"), read(cursor));
    assertEquals(0, log.reads);
  }

  @Test
  void clientThatOverflowedReadsTheCopy() {
    copyAfter("e-7");
    publish("a", "a");
    Cursor cursor = locked(() -> Cursor.fromOverflow(source, FILTERS, 9));
    publish(cursor, "b");

    assertEquals(List.of("e-9", "e-10", "CAUGHT_UP"), read(cursor));
    assertEquals(0, log.reads);
  }

  // From the log to the copy and back.

  @Test
  void clientReadsTheLogUntilTheCopyReachesBackToIt() {
    log.add("e-5 a", "e-6 other", "e-7 b");
    copyAfter("e-7");
    publish("a", "other", "b");
    Cursor cursor = atPosition("e-4");
    assertEquals(6, waiting(cursor));

    assertEquals(List.of("e-5", "e-7", "e-8", "e-10", "MORE"), read(cursor));
    assertEquals(1, log.reads);
    publish(cursor, "a");
    assertEquals(List.of("e-11", "CAUGHT_UP"), read(cursor));
    assertEquals(1, log.reads);
  }

  @Test
  void pageWithoutEventsForTheClientIsNotTheLast() {
    for (int sequence = 1; sequence <= 20; sequence++) {
      log.add("e-" + sequence + (sequence == 17 ? " a" : " other"));
    }
    copyAfter("e-20");

    Cursor cursor = atPosition("e-0");

    assertEquals(List.of("MORE"), read(cursor));
    assertEquals(List.of("e-17", "MORE"), read(cursor));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
    assertEquals(2, log.reads);
  }

  @Test
  void clientGoesBackToTheLogIfTheCopyEvictsItsNextEvent() {
    copyAfter("e-7");
    for (int i = 0; i < 3; i++) {
      publishLarge("a", 40_000);
    }
    Cursor cursor = atPosition("e-7");
    assertEquals(List.of("e-8", "e-9", "MORE"), read(cursor));
    assertEquals(1, waiting(cursor));

    publish(cursor, "a", "a", "a");
    publish("other");

    assertEquals(List.of("e-10", "e-11", "e-12", "e-13", "MORE"), read(cursor));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
    assertEquals(1, log.reads);
  }

  @Test
  void copyThatHasEvictedEventsOfANewTopicNeedsTheLog() {
    copyAfter("e-7");
    Cursor cursor = atPosition("e-7");
    publish(cursor, "b", "b", "b", "b");

    assertEquals(List.of("e-8", "e-9", "e-10", "e-11", "CAUGHT_UP"), readAll(cursor));
    assertEquals(1, log.reads);
  }

  @Test
  void copyIsNotReadIfItDoesNotReachBackOrIsOfAnotherEpoch() {
    log.add("d-6 a", "e-3 a");
    copyAfter("e-3");
    publish("a", "a");

    assertEquals(List.of("e-3", "e-4", "e-5", "CAUGHT_UP"), readAll(atPosition("e-2")));
    assertEquals(1, log.reads);
    Cursor cursor = atPosition("d-5");
    assertEquals(List.of("d-6", "MORE"), read(cursor));
    assertEquals(List.of("restarted", "e-3", "e-4", "e-5", "MORE"), read(cursor));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
    assertEquals(3, log.reads);
  }

  /** The client was given the position by another broker, which had read further. */
  @Test
  void clientThatIsAheadOfTheCopyWaitsForIt() {
    copyAfter("e-7");
    publish("a");
    log.add("e-9 a", "e-10 a");
    Cursor cursor = inLog("e-10");
    assertEquals(0, waiting(cursor));
    assertEquals(List.of("WAITING"), read(cursor));
    assertEquals(1, log.reads);

    assertEquals(Cursor.Progress.WAITING, deliver(cursor, "a"));
    assertEquals(List.of("WAITING"), read(cursor));
    assertFalse(cursor.hasCaughtUp());
    assertEquals(Cursor.Progress.WAITING, deliver(cursor, "a"));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
    assertEquals(Cursor.Progress.CAUGHT_UP, publish(cursor, "a"));
    assertEquals(1, log.reads);
  }

  @Test
  void clientThatWasAheadOfTheCopyReadsOnInIt() {
    copyAfter("e-7");
    publish("a");
    log.add("e-9 a", "e-10 a");
    Cursor cursor = inLog("e-10");
    assertEquals(List.of("WAITING"), read(cursor));
    deliver(cursor, "a");
    assertEquals(List.of("WAITING"), read(cursor));

    assertEquals(Cursor.Progress.WAITING, deliver(cursor, "a"));
    assertEquals(Cursor.Progress.MORE, publish(cursor, "a"));

    assertEquals(List.of("e-11", "CAUGHT_UP"), read(cursor));
  }

  @Test
  void clientThatReadMoreThanTheCopyHasGoesOnInIt() {
    copyAfter("e-3");
    publish("a");
    log.add("e-5 a", "e-6 a");
    Cursor cursor = inLog("e-5");

    assertEquals(List.of("e-6", "MORE"), read(cursor));
    assertEquals(List.of("WAITING"), read(cursor));

    assertEquals(1, log.reads);
    deliver(cursor, "a");
    deliver(cursor, "a");
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
  }

  // What is missing in the log.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # position | pending gap | events, or the log's end | given         | new position
          e-3        |             | e-4 a; e-5 other; e-6 b  | e-4 e-6       | e-6
          e-3        | RESTARTED   | e-4 other; f-9 a         | restarted f-9 | f-9
          e-3        |             | end e-9                  | evicted       | e-9
          e-3        |             | end f-0                  | restarted     | f-0
          e-9        |             | end e-9                  | ''            | e-9
          """)
  void clientTakesWhatIsForIt(
      String position,
      @Nullable GapReason pendingGap,
      String events,
      String given,
      String reached) {
    Cursor cursor = atPosition(position, pendingGap);

    Archive.Page page =
        events.startsWith("end ")
            ? endOfLog(position, events.substring(4))
            : page(events.split("; "));
    assertEquals(given, String.join(" ", take(cursor, page)));

    assertPosition(reached, cursor);
  }

  @Test
  void batchHasOneNoticeBeforeItsEvents() {
    Cursor cursor = atPosition("e-3");

    assertEquals(List.of("e-4"), take(cursor, page("e-4 a", "e-7 a", "f-8 other", "f-9 a")));
    assertEquals(List.of("evicted", "e-7"), take(cursor, page("e-7 a", "f-8 other", "f-9 a")));
    assertEquals(List.of("restarted", "f-9"), take(cursor, page("f-8 other", "f-9 a")));
    assertPosition("f-9", cursor);
  }

  /** Other events may have the ids of those that the client was given. */
  @Test
  void clientOfAnEpochThatEndedHasANoticeBeforeItReadsOn() {
    copyAfter("f-7");
    Cursor cursor = inLog("e-3");

    assertEquals(List.of("restarted", "e-4"), take(cursor, pageAfter("e-3", "e-4 a", "f-5 a")));
    assertEquals(List.of("restarted", "f-5"), take(cursor, page("f-5 a")));
  }

  @Test
  void fullBatchLeavesTheRestOfAPageToTheNext() {
    Cursor cursor = atPosition("e-0");
    List<Archive.Line> lines = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      lines.add(line(id("e-" + i), "a", "x".repeat(40_000)));
    }

    assertEquals(List.of("e-1", "e-2"), take(cursor, new Archive.Page(null, lines, null)));

    assertPosition("e-2", cursor);
  }

  @Test
  void clientWithAnUnknownIdBeginsAtTheEndOfTheCopyWhenItCame() {
    copyAfter("e-4");
    Cursor cursor = inLog("what?");

    assertEquals(List.of("unknown-id"), take(cursor, endOfLog(null, "e-9")));

    assertPosition("e-4", cursor);
  }

  @Test
  void clientWithAnUnknownIdBeforeTheFirstAnswerBeginsAtTheEndOfTheLog() {
    log.add("e-9 a");
    Cursor cursor = inLog("what?");
    assertEquals(List.of("unknown-id", "MORE"), read(cursor));
    copyAfter("e-9");

    assertEquals(List.of("CAUGHT_UP"), read(cursor));
  }

  @Test
  void clientWithAnIdOfTheFutureBeginsAtTheEndOfTheCopyWhenItCame() {
    copyAfter("e-4");
    Cursor cursor = inLog("e-70");

    assertEquals(List.of("future-id"), take(cursor, endOfLog("e-70", "e-9")));

    assertPosition("e-4", cursor);
  }

  @Test
  void pendingGapIsGivenBeforeTheClientGoesOnInTheCopy() {
    copyAfter("e-3");
    publish("a", "a");
    Cursor cursor = atPosition("e-5", GapReason.OVERFLOW);

    assertEquals(List.of("overflow", "MORE"), read(cursor));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
    assertEquals(1, log.reads);
  }

  @Test
  void clientComesWithAnIdOfAPublisherOrOfTheLog() {
    log.add(id("e-4"), "a", Event.of("x").withId("own"));
    log.add("e-5 a");
    copyAfter("e-5");

    for (String lastEventId : List.of("own", "e-4")) {
      Cursor cursor = inLog(lastEventId);
      assertEquals(0, waiting(cursor));
      assertEquals(List.of("e-5", "MORE"), read(cursor));
      assertEquals(List.of("CAUGHT_UP"), read(cursor));
    }
  }

  /** Its id is not known before the log was read. */
  @Test
  void clientWithAnIdReadsTheLogFirst() {
    copyAfter("e-3");
    publish("a", "a");
    Cursor cursor = inLog("e-5");

    assertEquals(List.of("WAITING"), read(cursor));

    assertEquals(1, log.reads);
    assertTrue(locked(cursor::wakes));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
    assertEquals(1, log.reads);
  }

  // Waiting for the log.

  @Test
  void clientAtTheEndOfTheLogWaitsUntilTheCopyGoesOn() {
    copyAfter("e-3");
    log.beginAfter("e-5");
    Cursor cursor = inLog("e-5");
    assertEquals(List.of("WAITING"), read(cursor));
    assertTrue(locked(cursor::wakes));
    assertFalse(locked(cursor::wakes));
    assertEquals(List.of("WAITING"), read(cursor));
  }

  /** Then nobody would wake it. */
  @Test
  void clientDoesNotWaitIfTheCopyWentOnDuringTheRead() {
    copyAfter("e-3");
    log.beginAfter("e-5");
    Cursor cursor = inLog("e-5");
    log.beforeRead =
        () -> {
          log.beforeRead = () -> {};
          copyAfter("e-4");
        };

    assertEquals(List.of("MORE"), read(cursor));
  }

  @Test
  void clientOfAnUnavailableLogWaitsUntilItAnswers() {
    copyAfter("e-7");
    log.add("e-6 a", "e-7 a");
    Cursor cursor = atPosition("e-5");
    log.beforeRead =
        () -> {
          throw new EventLogException("the log is cut");
        };
    assertEquals(List.of("WAITING"), read(cursor));
    assertFalse(archive.isAvailable());
    assertEquals(List.of("WAITING"), read(cursor));
    assertEquals(1, log.reads);

    log.beforeRead = () -> {};
    assertTrue(archive.setAvailable());
    assertTrue(locked(cursor::wakes));

    assertEquals(List.of("e-6", "e-7", "CAUGHT_UP"), readAll(cursor));
  }

  /** The follower had its answer before the client waited, and so did not wake it. */
  @Test
  void clientReadsAgainIfTheLogAnsweredDuringTheRead() throws Exception {
    copyAfter("e-7");
    Cursor cursor = atPosition("e-5");
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch locked = new CountDownLatch(1);
    log.beforeRead =
        () -> {
          reading.countDown();
          awaitUnchecked(locked);
          throw new EventLogException("the log is cut");
        };
    Future<List<String>> read = Stage.async(() -> read(cursor));
    Stage.await(reading, "the read");
    lock.lock();
    try {
      locked.countDown();
      while (archive.isAvailable()) {
        Thread.onSpinWait();
      }
      assertTrue(archive.setAvailable());
    } finally {
      lock.unlock();
    }

    assertEquals(List.of("MORE"), Stage.await(read));
  }

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      Stage.await(latch, "the lock");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void publisherWakesAClientThatWaitsInTheLogAndCountsNothing() {
    copyAfter("e-3");
    Cursor cursor = inLog("e-5");
    assertEquals(Cursor.Progress.MORE, publish(cursor, "a"));
    log.beginAfter("e-5");
    assertEquals(List.of("WAITING"), read(cursor));

    assertEquals(Cursor.Progress.WAITING, deliver(cursor, "a"));

    assertEquals(List.of("CAUGHT_UP"), read(cursor));
  }

  @Test
  void asManyEventsWaitAsTheCopyHasOrMayHaveAfterThePosition() {
    assertEquals(0, waiting(atPosition("e-5")));
    copyAfter("e-3");
    publish("a", "a", "other", "b", "b");

    assertEquals(2, waiting(atPosition("e-5")));
    assertEquals(7, waiting(atPosition("e-1")));
    assertEquals(0, waiting(atPosition("e-8")));
    assertEquals(0, waiting(atPosition("e-9")));
    assertEquals(0, waiting(atPosition("d-5")));
    assertEquals(0, waiting(inLog("e-5")));
  }

  // The history begins anew.

  @Test
  void clientThatReadTheCopyReadsTheLogWhenTheHistoryBeginsAnew() {
    Cursor cursor = inTheCopy();
    log.add("e-10 b", "e-12 a");

    beginAnew(cursor, "e-12");

    assertEquals(List.of("e-9", "MORE"), read(cursor));
    assertEquals(List.of("e-10", "MORE"), read(cursor));
    assertEquals(List.of("evicted", "e-12", "MORE"), read(cursor));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
  }

  @Test
  void clientThatReadTheCopyHasANoticeWhenAnotherEpochBegins() {
    Cursor cursor = inTheCopy();
    log.beginAfter("f-0");
    log.add("f-1 a");

    beginAnew(cursor, "f-0");

    assertEquals(List.of("restarted", "f-1", "MORE"), read(cursor));
    assertEquals(List.of("WAITING"), read(cursor));
    assertEquals(Cursor.Progress.WAITING, deliver(cursor, "a"));
    assertEquals(List.of("CAUGHT_UP"), read(cursor));
  }

  @Test
  void clientThatWaitedForTheCopyIsStillWaitingWhenItBeginsAnew() {
    copyAfter("e-7");
    log.beginAfter("e-10");
    Cursor cursor = inLog("e-10");
    assertEquals(List.of("WAITING"), read(cursor));
    deliver(cursor, "a");
    assertEquals(List.of("WAITING"), read(cursor));

    beginAnew(cursor, "e-11");

    assertTrue(locked(cursor::wakes));
    log.add("e-11 b");
    assertEquals(List.of("e-11", "CAUGHT_UP"), readAll(cursor));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # end of the history | its new beginning | pending gap | given
          e-9                  | f-0               |             | restarted e-4
          e-9                  | f-0               | OVERFLOW    | overflow e-4
          e-9                  | e-20              |             | e-4
                               | f-0               |             | e-4
          """)
  void newEpochIsAGapUnlessOneIsPending(
      @Nullable String last, String begin, @Nullable GapReason pendingGap, String given) {
    Cursor cursor = atPosition("e-3", pendingGap);
    locked(() -> cursor.beginAnew(last == null ? null : id(last), id(begin)));

    assertEquals(given, String.join(" ", take(cursor, page("e-4 a"))));
    assertEquals(List.of("e-5"), take(cursor, page("e-5 a")));
  }
}
