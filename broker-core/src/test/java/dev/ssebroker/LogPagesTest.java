package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LogPagesTest {
  private static final int KIB = 1024;

  private final ReadLog log = new ReadLog();
  private final LogPages pages = new LogPages(log, () -> 42);

  @Test
  void pageHasWhatStandsBehindAPlace() {
    log.append("a", List.of(Event.of("1"), Event.of("2")));
    log.append("b/c", List.of(Event.of("3").withId("own")));

    LogPages.Page page = pages.behind(log.id(1));

    assertEquals(log.id(1), page.after());
    assertNull(page.end());
    assertEquals(List.of(log.id(2), log.id(3)), page.lines().stream().map(l -> l.id()).toList());
    assertEquals(List.of("a", "b/c"), page.lines().stream().map(l -> l.topic()).toList());
    assertEquals("data: 2\nid: " + log.id(2) + "\n\n", text(page.lines().get(0).frame()));
    assertEquals("data: 3\nid: own\n\n", text(page.lines().get(1).frame()));
    assertEquals(3, page.lines().get(1).frame().sequence());
    assertEquals(42, page.lines().get(1).frame().bornNanos());
  }

  @Test
  void pageWithoutEventsSaysWhereTheLogEnds() {
    append(3);

    assertEquals(new LogPages.Page(log.id(3), List.of(), log.id(3)), pages.behind(log.id(3)));
    assertEquals(new LogPages.Page(log.id(9), List.of(), log.id(3)), pages.behind(log.id(9)));
  }

  @Test
  void eventThatComesWhileThePageIsReadIsOnIt() {
    append(1);
    log.beforeEnd = () -> append(1);

    LogPages.Page page = pages.behind(log.id(1));

    assertEquals(List.of(2L), sequences(page));
    assertNull(page.end());
  }

  @Test
  void clientMayComeWithAnIdOfThePublishersOrTheLogs() {
    log.append("a", List.of(Event.of("1").withId("own"), Event.of("2"), Event.of("3")));

    assertEquals(log.id(1), pages.behind("own").after());
    assertEquals(List.of(2L, 3L), sequences(pages.behind("own")));
    assertEquals(List.of(3L), sequences(pages.behind(log.id(2).toString())));
  }

  @Test
  void clientThatCameWithAnIdThatIsNoneIsToldWhereTheLogEnds() {
    append(2);

    assertEquals(new LogPages.Page(null, List.of(), log.id(2)), pages.behind("what?"));
  }

  @Test
  void onePageServesAllWhoAreSomewhereOnIt() {
    append(5);

    assertEquals(List.of(2L, 3L, 4L, 5L), sequences(pages.behind(log.id(1))));
    assertEquals(List.of(2L, 3L, 4L, 5L), sequences(pages.behind(log.id(1))));
    assertEquals(List.of(4L, 5L), sequences(pages.behind(log.id(3))));
    assertEquals(List.of(5L), sequences(pages.behind(log.id(4))));
    assertEquals(1, log.limits.size());

    assertEquals(List.of(1L, 2L, 3L, 4L, 5L), sequences(pages.behind(log.id(0))));
    assertEquals(2, log.limits.size());
  }

  @Test
  void clientsOfAnEpochThatIsOverShareAPageAsWell() {
    append(2);
    EventId old = new EventId("old", 7);

    assertEquals(List.of(1L, 2L), sequences(pages.behind(old)));
    assertEquals(List.of(1L, 2L), sequences(pages.behind(old)));
    assertEquals(1, log.limits.size());

    assertEquals(List.of(1L, 2L), sequences(pages.behind(new EventId("old", 1))));
    assertEquals(2, log.limits.size());
  }

  /** On that of the old epoch's clients, its place is before the first event. */
  @Test
  void clientAtTheBeginningOfAnEpochKeepsItsPage() {
    append(2);

    pages.behind(log.id(0));
    pages.behind(new EventId("old", 7));
    assertEquals(List.of(1L, 2L), sequences(pages.behind(log.id(0))));

    assertEquals(2, log.limits.size());
  }

  @Test
  void clientAtTheEndOfAPageIsGivenTheNext() {
    append(20);

    assertEquals(sequences(1, 16), sequences(pages.behind(log.id(0))));
    assertEquals(sequences(17, 20), sequences(pages.behind(log.id(16))));
    append(1);
    assertEquals(List.of(21L), sequences(pages.behind(log.id(20))));
  }

  @Test
  void pagesGrowAndShrinkWithTheirEvents() {
    append(321);

    pages.behind(log.id(0));
    pages.behind(log.id(16));
    pages.behind(log.id(272));
    append(8, 128 * KIB);
    pages.behind(log.id(321));
    pages.behind(log.id(329));

    assertEquals(List.of(16, 256, 256, 256, 3), log.limits.subList(0, 5));
  }

  @Test
  void asManyPagesAreKeptAsThereMayBe() {
    append(16 + 64 * 256);
    pages.behind(log.id(0));
    for (int i = 0; i < 63; i++) {
      pages.behind(log.id(16 + 256 * i));
    }
    int reads = log.limits.size();
    assertEquals(64, reads);

    pages.behind(log.id(0));
    assertEquals(reads, log.limits.size());
    pages.behind(log.id(16 + 256 * 63));
    pages.behind(log.id(16));
    assertEquals(reads + 1, log.limits.size());
    pages.behind(log.id(0));
    assertEquals(reads + 2, log.limits.size());
  }

  @Test
  void pageThatIsLargerThanAllMayBeIsKeptUntilTheNext() {
    append(16, 600 * KIB);
    append(1);

    pages.behind(log.id(0));
    pages.behind(log.id(1));
    assertEquals(1, log.limits.size());

    pages.behind(log.id(16));
    pages.behind(log.id(15));
    assertEquals(3, log.limits.size());
  }

  /** 8 MiB of them. */
  @Test
  void asManyBytesAreKeptAsThereMayBe() {
    append(16, 600 * KIB);
    append(30, 500 * KIB);
    pages.behind(log.id(0));

    for (int last = 16; last < 32; last++) {
      pages.behind(log.id(last));
    }
    assertEquals(17, log.limits.size());
    pages.behind(log.id(16));
    assertEquals(17, log.limits.size());

    pages.behind(log.id(32));
    pages.behind(log.id(17));
    assertEquals(18, log.limits.size());
    pages.behind(log.id(16));
    assertEquals(19, log.limits.size());
  }

  @Test
  void logThatFailsHoldsUpNobodyElse() throws Exception {
    append(1);
    log.beforeRead =
        () -> {
          throw new EventLogException("the log is cut");
        };
    assertThrows(EventLogException.class, () -> pages.behind(log.id(0)));
    log.beforeRead = () -> {};

    assertEquals(List.of(1L), Stage.await(Stage.async(() -> sequences(pages.behind(log.id(0))))));
  }

  private void append(int events) {
    append(events, 1);
  }

  private void append(int events, int length) {
    log.append("t", Collections.nCopies(events, Event.of("x".repeat(length))));
  }

  private static List<Long> sequences(LogPages.Page page) {
    return page.lines().stream().map(line -> line.id().sequence()).toList();
  }

  private static List<Long> sequences(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }

  private static String text(Frame frame) {
    byte[] bytes = new byte[frame.length()];
    frame.copyTo(bytes, 0);
    return new String(bytes, UTF_8);
  }

  /** A log that tells how often it was read, and in the middle of which something may happen. */
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
