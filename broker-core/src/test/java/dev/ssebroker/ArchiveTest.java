package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ArchiveTest {
  private static final int KIB = 1024;

  private final ReadLog log = new ReadLog();
  private final Archive archive = new Archive(log, () -> 42);

  @Test
  void pageHasTheEventsAfterAPosition() {
    log.append("a", List.of(Event.of("1"), Event.of("2")));
    log.append("b/c", List.of(Event.of("3").withId("own")));

    Archive.Page page = after(log.id(1));

    assertEquals(log.id(1), page.after());
    assertNull(page.end());
    assertEquals(List.of(log.id(2), log.id(3)), page.lines().stream().map(l -> l.id()).toList());
    assertEquals(List.of("a", "b/c"), page.lines().stream().map(l -> l.topic()).toList());
    assertEquals("data: 2\nid: " + log.id(2) + "\n\n", Frames.text(page.lines().get(0).frame()));
    assertEquals("data: 3\nid: own\n\n", Frames.text(page.lines().get(1).frame()));
    assertEquals(3, page.lines().get(1).frame().sequence());
    assertEquals(42, page.lines().get(1).frame().publishedNanos());
  }

  @Test
  void pageWithoutEventsHasTheEndOfTheLog() {
    append(3);

    assertEquals(new Archive.Page(log.id(3), List.of(), log.id(3)), after(log.id(3)));
    assertEquals(new Archive.Page(log.id(9), List.of(), log.id(3)), after(log.id(9)));
  }

  @Test
  void eventThatIsAppendedWhileThePageIsReadIsOnIt() {
    append(1);
    log.beforeEnd = () -> append(1);

    Archive.Page page = after(log.id(1));

    assertEquals(List.of(2L), sequences(page));
    assertNull(page.end());
  }

  @Test
  void clientMayComeWithAnIdOfThePublishersOrTheLogs() {
    log.append("a", List.of(Event.of("1").withId("own"), Event.of("2"), Event.of("3")));

    assertEquals(log.id(1), after("own").after());
    assertEquals(List.of(2L, 3L), sequences(after("own")));
    assertEquals(List.of(3L), sequences(after(log.id(2).toString())));
  }

  @Test
  void pageOfAnUnknownIdHasNoPositionAndTheEndOfTheLog() {
    append(2);

    assertEquals(new Archive.Page(null, List.of(), log.id(2)), after("what?"));
  }

  @Test
  void pageServesAllClientsWhosePositionIsOnIt() {
    append(5);

    assertEquals(List.of(2L, 3L, 4L, 5L), sequences(after(log.id(1))));
    assertEquals(List.of(2L, 3L, 4L, 5L), sequences(after(log.id(1))));
    assertEquals(List.of(4L, 5L), sequences(after(log.id(3))));
    assertEquals(List.of(5L), sequences(after(log.id(4))));
    assertEquals(1, log.limits.size());

    assertEquals(List.of(1L, 2L, 3L, 4L, 5L), sequences(after(log.id(0))));
    assertEquals(2, log.limits.size());
  }

  @Test
  void clientsOfAnEpochThatEndedShareAPage() {
    append(2);
    EventId old = new EventId("old", 7);

    assertEquals(List.of(1L, 2L), sequences(after(old)));
    assertEquals(List.of(1L, 2L), sequences(after(old)));
    assertEquals(1, log.limits.size());

    assertEquals(List.of(1L, 2L), sequences(after(new EventId("old", 1))));
    assertEquals(2, log.limits.size());
  }

  /** On the page of the old epoch's clients, its position is before the first event. */
  @Test
  void clientAtTheBeginningOfAnEpochKeepsItsPage() {
    append(2);

    after(log.id(0));
    after(new EventId("old", 7));
    assertEquals(List.of(1L, 2L), sequences(after(log.id(0))));

    assertEquals(2, log.limits.size());
  }

  @Test
  void pageAfterTheLastEventOfAnotherIsTheNext() {
    append(20);

    assertEquals(sequences(1, 16), sequences(after(log.id(0))));
    assertEquals(sequences(17, 20), sequences(after(log.id(16))));
    append(1);
    assertEquals(List.of(21L), sequences(after(log.id(20))));
  }

  @Test
  void pagesGrowAndShrinkWithTheirEvents() {
    append(321);

    after(log.id(0));
    after(log.id(16));
    after(log.id(272));
    append(8, 128 * KIB);
    after(log.id(321));
    after(log.id(329));

    assertEquals(List.of(16, 256, 256, 256, 3), log.limits.subList(0, 5));
  }

  @Test
  void archiveKeepsTheLatestPages() {
    append(16 + 64 * 256);
    after(log.id(0));
    for (int i = 0; i < 63; i++) {
      after(log.id(16 + 256 * i));
    }
    int reads = log.limits.size();
    assertEquals(64, reads);

    after(log.id(0));
    assertEquals(reads, log.limits.size());
    after(log.id(16 + 256 * 63));
    after(log.id(16));
    assertEquals(reads + 1, log.limits.size());
    after(log.id(0));
    assertEquals(reads + 2, log.limits.size());
  }

  @Test
  void pageLargerThanTheArchiveIsKeptUntilTheNext() {
    append(16, 600 * KIB);
    append(1);

    after(log.id(0));
    after(log.id(1));
    assertEquals(1, log.limits.size());

    after(log.id(16));
    after(log.id(15));
    assertEquals(3, log.limits.size());
  }

  /** 8 MiB of them. */
  @Test
  void archiveKeepsItsBytes() {
    append(16, 600 * KIB);
    append(30, 500 * KIB);
    after(log.id(0));

    for (int last = 16; last < 32; last++) {
      after(log.id(last));
    }
    assertEquals(17, log.limits.size());
    after(log.id(16));
    assertEquals(17, log.limits.size());

    after(log.id(32));
    after(log.id(17));
    assertEquals(18, log.limits.size());
    after(log.id(16));
    assertEquals(19, log.limits.size());
  }

  @Test
  void readerHasAPositionOrElseAnId() {
    append(3);

    assertEquals(List.of(3L), sequences(read(log.id(1).toString(), log.id(2))));
    assertEquals(List.of(2L, 3L), sequences(read(log.id(1).toString(), null)));
    assertTrue(archive.isAvailable());
  }

  @Test
  void unavailableLogIsNotAskedUntilItAnswersTheFollower() throws Exception {
    append(1);
    log.beforeRead =
        () -> {
          throw new EventLogException("the log is cut");
        };
    assertTrue(archive.isAvailable());

    assertNull(archive.read(null, log.id(0)));
    assertFalse(archive.isAvailable());
    assertNull(archive.read(null, log.id(0)));
    assertEquals(1, log.limits.size());

    log.beforeRead = () -> {};
    assertTrue(archive.setAvailable());
    assertFalse(archive.setAvailable());
    assertTrue(archive.isAvailable());
    assertEquals(List.of(1L), Stage.await(Stage.async(() -> sequences(after(log.id(0))))));
  }

  @Test
  void positionOfAnotherEpochIsOnNoPage() {
    append(5);
    assertEquals(List.of(2L, 3L, 4L, 5L), sequences(after(log.id(1))));
    int reads = log.limits.size();

    archive.read(null, new EventId("other", 1));

    assertEquals(reads + 1, log.limits.size());
  }

  /** Only an exception that a log does not report by itself needs its stack trace. */
  @Test
  void eachChangeOfTheLogsStateIsLoggedOnce() {
    IllegalStateException bug = new IllegalStateException("a bug");
    List<String> lines =
        logged(() -> {
          archive.setUnavailable(new EventLogException("no answer"));
          archive.setUnavailable(new EventLogException("no answer"));
          archive.setAvailable();
          archive.setAvailable();
          archive.setUnavailable(bug);
        });

    assertEquals(
        List.of(
            "The log is unavailable; the broker tries again: no answer, null",
            "The log is available again, null",
            "The log is unavailable; the broker tries again: a bug, " + bug),
        lines);
  }

  private static List<String> logged(Runnable action) {
    List<String> lines = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.add(line.getMessage() + ", " + line.getThrown());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(Broker.LOG.getName());
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
    try {
      action.run();
    } finally {
      logger.setUseParentHandlers(true);
      logger.removeHandler(handler);
    }
    return lines;
  }

  @Test
  void logOfAClosedBrokerIsNeverReportedAsUnavailable() {
    archive.close();

    archive.setUnavailable(new EventLogException("closed"));

    assertTrue(archive.isAvailable());
    assertFalse(archive.setAvailable());
  }

  @Test
  void pageHasAsManyEventsAsFit() {
    assertEquals(20, Archive.pageEvents(10, 500, 100, 1000));
    assertEquals(1, Archive.pageEvents(4, 40_000, 100, 1000));
    assertEquals(10, Archive.pageEvents(1, 100, 100, 1000));
    assertEquals(100, Archive.pageEvents(16, 16, 100, 1000));
    assertEquals(100, Archive.pageEvents(16, 0, 100, 1000));
  }

  private Archive.Page read(@Nullable String lastEventId, @Nullable EventId position) {
    return Objects.requireNonNull(archive.read(lastEventId, position));
  }

  private Archive.Page after(EventId position) {
    return read(null, position);
  }

  private Archive.Page after(String lastEventId) {
    return read(lastEventId, null);
  }

  private void append(int events) {
    append(events, 1);
  }

  private void append(int events, int length) {
    log.append("t", Collections.nCopies(events, Event.of("x".repeat(length))));
  }

  private static List<Long> sequences(Archive.Page page) {
    return page.lines().stream().map(line -> line.id().sequence()).toList();
  }

  private static List<Long> sequences(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }

  /** A log that counts its reads, and in the middle of which something may happen. */
  private static final class ReadLog implements EventLog {
    final List<Integer> limits = new ArrayList<>();
    Runnable beforeRead = () -> {};
    Runnable beforeEnd = () -> {};

    private final EventLog log = new MemoryLog(100_000).join();

    EventId id(long sequence) {
      return new EventId(log.end().epoch(), sequence);
    }

    @Override
    public List<EventId> append(String topic, List<Event> events) {
      return log.append(topic, events);
    }

    @Override
    public List<Entry> read(EventId after, int limit) {
      limits.add(limit);
      beforeRead.run();
      return log.read(after, limit);
    }

    @Override
    public List<Entry> follow(EventId after, int limit, Duration wait) {
      return log.follow(after, limit, wait);
    }

    @Override
    public EventId end() {
      beforeEnd.run();
      return log.end();
    }

    @Override
    public Optional<EventId> find(String ownId) {
      return log.find(ownId);
    }

    @Override
    public void close() {
      log.close();
    }
  }
}
