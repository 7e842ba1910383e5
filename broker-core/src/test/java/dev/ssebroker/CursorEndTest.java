package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Where a client of a shared log that was stopped ends. */
class CursorEndTest extends LogReplayFixture {
  @Test
  void clientThatWasStoppedReadsNothingAfterThatInTheLog() {
    log.add("e-4 a", "e-5 a", "e-6 a");
    copyAfter("e-5");
    Cursor cursor = atPosition("e-3");
    locked(cursor::stop);

    assertEquals(List.of("e-4", "e-5", "MORE"), read(cursor));
    assertOver(cursor);
  }

  @Test
  void clientThatWasStoppedBeforeTheFirstAnswerIsOver() {
    Cursor cursor = atPosition("e-3");
    locked(cursor::stop);

    assertOver(cursor);
  }

  /** Before its id is known, nobody knows whether it has all its events. */
  @Test
  void clientThatWasStoppedIsNotOverBeforeItsIdIsKnown() {
    copyAfter("e-7");
    log.add("e-10 a");
    Cursor cursor = inLog("e-9");
    locked(cursor::stop);

    assertEquals(List.of("MORE"), read(cursor));

    assertEquals(1, log.reads);
    assertOver(cursor);
  }

  @Test
  void clientThatWasStoppedInAnEpochIsNotOverBeforeItIsThere() {
    copyAfter("f-5");
    log.add("e-9 a", "f-5 a", "f-6 a");
    Cursor cursor = atPosition("e-9");
    locked(cursor::stop);

    assertEquals(List.of("restarted", "f-5", "MORE"), read(cursor));

    assertOver(cursor);
  }

  @Test
  void clientThatWasStoppedDoesNotWaitForTheCopy() {
    copyAfter("e-7");
    publish("a");
    Cursor ahead = atPosition("e-10");
    locked(ahead::stop);
    assertOver(ahead);

    log.beginAfter("e-10");
    Cursor waiting = inLog("e-10");
    assertEquals(List.of("WAITING"), read(waiting));
    deliver(waiting, "a");
    assertEquals(List.of("WAITING"), read(waiting));
    locked(waiting::stop);
    assertEquals(List.of("CAUGHT_UP"), read(waiting));
  }

  @Test
  void clientThatWasStoppedReadsNothingAfterThatInTheCopy() {
    copyAfter("e-3");
    publish("a", "a", "b");
    Cursor cursor = atPosition("e-4");
    locked(cursor::stop);
    publish("b", "a");

    assertEquals(List.of("e-5", "e-6", "CAUGHT_UP"), read(cursor));
  }

  @Test
  void clientThatWasStoppedBeforeTheFirstAnswerReadsNothingOfTheCopy() {
    Cursor cursor = atPosition("e-5", GapReason.UNAVAILABLE);
    locked(cursor::stop);
    copyAfter("e-3");
    publish("a", "a", "a");

    assertOver(cursor);
  }

  @Test
  void clientThatWasStoppedInTheCopyIsStoppedInTheLog() {
    Cursor cursor = inTheCopy();
    locked(cursor::stop);
    publish("a");

    beginAnew(cursor, "e-20");

    assertEquals(List.of("e-9", "MORE"), read(cursor));
    assertOver(cursor);
  }

  /** The rest of its epoch was lost, and nothing of the next one is for it. */
  @Test
  void clientThatWasStoppedInAnEpochReadsNothingOfTheNext() {
    copyAfter("e-5");
    log.add("e-4 a", "f-1 a", "f-2 a");
    Cursor cursor = atPosition("e-3");
    locked(cursor::stop);
    beginAnew(cursor, "f-0");
    publish("a", "a");

    assertEquals(List.of("restarted", "e-4", "MORE"), read(cursor));
    assertEquals(List.of("restarted", "MORE"), read(cursor));
    assertOver(cursor);
  }

  @Test
  void clientThatWasStoppedInTheCopyReadsNothingOfTheNextEpoch() {
    Cursor cursor = inTheCopy();
    locked(cursor::stop);
    log.beginAfter("f-0");
    log.add("f-1 a");
    beginAnew(cursor, "f-0");

    assertEquals(List.of("restarted", "MORE"), read(cursor));
    assertOver(cursor);
  }

  /** The broker has not yet read that the epoch is over. */
  @Test
  void clientThatWasStoppedReadsNothingOfAnEpochThatFollowsInTheLog() {
    copyAfter("e-5");
    log.add("e-4 a", "f-1 a");
    Cursor cursor = atPosition("e-3");
    locked(cursor::stop);

    assertEquals(List.of("e-4", "MORE"), read(cursor));
    assertEquals(List.of("restarted", "MORE"), read(cursor));
    assertOver(cursor);
  }

  @Test
  void clientThatWasStoppedBeforeItsEpochIsOverWhenTheNextOneBegins() {
    copyAfter("e-5");
    log.add("d-6 a", "f-1 a", "f-2 a");
    Cursor cursor = atPosition("d-5");
    locked(cursor::stop);
    beginAnew(cursor, "f-0");

    assertEquals(List.of("restarted", "d-6", "MORE"), read(cursor));
    assertEquals(List.of("restarted", "MORE"), read(cursor));
    assertOver(cursor);
  }

  @Test
  void clientThatWasStoppedReadsNoEventAfterAGapThatGoesBeyondItsEnd() {
    copyAfter("e-5");
    Cursor cursor = atPosition("e-3");
    locked(cursor::stop);

    assertEquals(List.of("evicted"), take(cursor, page("e-8 a")));
    assertOver(cursor);
  }

  /** The log ends, so there is nothing that was published before. */
  @Test
  void clientThatWasStoppedIsOverAtTheEndOfTheLog() {
    copyAfter("e-5");
    Cursor cursor = atPosition("e-3");
    locked(cursor::stop);

    assertEquals(List.of("restarted"), take(cursor, endOfLog("e-3", "f-0")));
    assertOver(cursor);
  }

  /** It comes from a broker that has read the next epoch already. */
  @Test
  void clientThatWasStoppedAheadOfItsBrokerIsOverWhenTheBrokerFollows() {
    copyAfter("e-5");
    log.add("f-1 a", "f-2 a", "f-3 a");
    Cursor cursor = inLog("f-2");
    locked(cursor::stop);
    log.beforeRead =
        () -> {
          log.beforeRead = () -> {};
          beginAnew(cursor, "f-0");
        };

    assertEquals(List.of("restarted", "MORE"), read(cursor));
    assertOver(cursor);
  }

  @Test
  void clientThatIsNotStoppedIsNotOverInTheLog() {
    Cursor cursor = inTheCopy();

    beginAnew(cursor, "e-20");

    assertEquals(List.of("e-9", "MORE"), read(cursor));
    assertEquals(1, log.reads);
  }
}
