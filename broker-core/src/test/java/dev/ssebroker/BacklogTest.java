package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private static final List<TopicFilter> FILTERS = List.of(TopicFilter.parse("t"));
  private static final byte[] ID_PREFIX = EventStreamEncoder.idPrefix("e");

  private final Batch batch = new Batch();

  @Test
  void clientIsGivenWhatItsFiltersSelect() {
    Backlog backlog = Backlog.fromPlace(id("e-3"));

    backlog.take(page("e-4 t", "e-5 u", "e-6 t"), FILTERS, batch);

    assertEquals(List.of("e-4", "e-6"), given());
    assertEquals(id("e-6"), backlog.place());
  }

  @Test
  void batchHasOneNoticeAndThatBeforeItsEvents() {
    Backlog backlog = Backlog.fromPlace(id("e-3"));
    LogPages.Page page = page("e-4 t", "e-7 t", "f-8 u", "f-9 t");

    backlog.take(page, FILTERS, batch);
    assertEquals(List.of("e-4"), given());

    backlog.take(page("e-7 t", "f-8 u", "f-9 t"), FILTERS, batch);
    assertEquals(List.of("evicted", "e-7"), given());

    backlog.take(page("f-8 u", "f-9 t"), FILTERS, batch);
    assertEquals(List.of("restarted", "f-9"), given());
  }

  /** Others may stand where the events were that it was given. */
  @Test
  void clientOfAnEpochThatIsOverIsToldBeforeItReadsOn() {
    Backlog backlog = Backlog.fromId("e-3", id("f-7"));
    LogPages.Page page = new LogPages.Page(id("e-3"), page("e-4 t", "f-5 t").lines(), null);

    backlog.take(page, FILTERS, batch);
    assertEquals(List.of("restarted", "e-4"), given());

    backlog.take(page("f-5 t"), FILTERS, batch);
    assertEquals(List.of("restarted", "f-5"), given());
  }

  /** Those who were behind when the epoch ended as well. */
  @Test
  void clientThatReadsWhenItsEpochEndsIsToldBeforeItReadsOn() {
    Backlog backlog = Backlog.fromPlace(id("e-3"));
    backlog.tellFirst(GapReason.RESTARTED);

    backlog.take(page("e-4 t", "e-5 t"), FILTERS, batch);

    assertEquals(List.of("restarted", "e-4", "e-5"), given());
  }

  @Test
  void clientIsToldOnceOfWhatIsMissingInOnePlace() {
    Backlog backlog = Backlog.fromPlace(id("e-3"), GapReason.RESTARTED);

    backlog.take(page("e-4 u", "f-9 t"), FILTERS, batch);

    assertEquals(List.of("restarted", "f-9"), given());
  }

  @Test
  void fullBatchLeavesTheRestForTheNext() {
    Backlog backlog = Backlog.fromPlace(id("e-0"));
    List<LogPages.Line> lines = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      lines.add(line("e-" + i, "t", "x".repeat(40_000)));
    }

    backlog.take(new LogPages.Page(null, lines, null), FILTERS, batch);

    assertEquals(List.of("e-1", "e-2"), given());
    assertEquals(id("e-2"), backlog.place());
  }

  @Test
  void clientThatIsStoppedIsGivenNothingBehindThat() {
    Backlog backlog = Backlog.fromPlace(id("e-3"));
    backlog.stop(id("e-5"));
    assertFalse(backlog.isOver());

    backlog.take(page("e-4 t", "e-5 t", "e-6 t"), FILTERS, batch);

    assertEquals(List.of("e-4", "e-5"), given());
    assertTrue(backlog.isOver());
  }

  @Test
  void clientThatIsStoppedBeforeTheFirstContactIsOver() {
    Backlog backlog = Backlog.fromPlace(id("e-3"));

    backlog.stop(null);

    assertTrue(backlog.isOver());
  }

  @Test
  void clientThatCameWithAnIdThatIsNoneBeginsWhereItCame() {
    Backlog backlog = Backlog.fromId("what?", id("e-4"));

    backlog.take(new LogPages.Page(null, List.of(), id("e-9")), FILTERS, batch);

    assertEquals(List.of("unknown-id"), given());
    assertEquals(id("e-4"), backlog.place());
  }

  @Test
  void clientThatCameWithAnIdThatIsNoneBeforeTheFirstContactBeginsAtTheEnd() {
    Backlog backlog = Backlog.fromId("what?", null);

    backlog.take(new LogPages.Page(null, List.of(), id("e-9")), FILTERS, batch);

    assertEquals(List.of("unknown-id"), given());
    assertEquals(id("e-9"), backlog.place());
  }

  @Test
  void clientFromTheFutureBeginsWhereItCame() {
    Backlog backlog = Backlog.fromEvent(id("e-70"), id("e-4"));

    backlog.take(new LogPages.Page(id("e-70"), List.of(), id("e-9")), FILTERS, batch);

    assertEquals(List.of("future-id"), given());
    assertEquals(id("e-4"), backlog.place());
  }

  @Test
  void clientWhoseLogHasNothingLeftIsTold() {
    Backlog backlog = Backlog.fromPlace(id("e-3"));

    backlog.take(new LogPages.Page(id("e-3"), List.of(), id("e-9")), FILTERS, batch);

    assertEquals(List.of("evicted"), given());
    assertEquals(id("e-9"), backlog.place());
  }

  @Test
  void clientAtTheEndOfTheLogIsToldNothing() {
    Backlog backlog = Backlog.fromEvent(id("e-9"), id("e-4"));

    backlog.take(new LogPages.Page(id("e-9"), List.of(), id("e-9")), FILTERS, batch);

    assertEquals(List.of(), given());
    assertEquals(id("e-9"), backlog.place());
  }

  @Test
  void clientOfAnEpochThatLeftNothingIsTold() {
    Backlog backlog = Backlog.fromPlace(id("e-3"));

    backlog.take(new LogPages.Page(id("e-3"), List.of(), id("f-0")), FILTERS, batch);

    assertEquals(List.of("restarted"), given());
    assertEquals(id("f-0"), backlog.place());
  }

  @Test
  void clientIsToldTheFirstReasonOnly() {
    Backlog backlog = Backlog.fromPlace(id("e-3"), GapReason.OVERFLOW);
    backlog.tellFirst(GapReason.RESTARTED);

    backlog.take(page("e-4 t"), FILTERS, batch);

    assertEquals(List.of("overflow", "e-4"), given());
  }

  /** Before that nobody knows whether it has all that is for it. */
  @Test
  void clientThatIsStoppedIsNotOverBeforeItsIdIsKnown() {
    Backlog backlog = Backlog.fromId("e-9", id("e-4"));
    backlog.stop(id("e-7"));
    assertFalse(backlog.isOver());
    assertEquals("e-9", backlog.lastEventId());

    backlog.take(new LogPages.Page(id("e-9"), page("e-10 t").lines(), null), FILTERS, batch);

    assertEquals(List.of(), given());
    assertNull(backlog.lastEventId());
    assertTrue(backlog.isOver());
  }

  @Test
  void clientThatIsStoppedInAnEpochIsNotOverBeforeItIsThere() {
    Backlog backlog = Backlog.fromPlace(id("e-9"));
    backlog.stop(id("f-5"));
    assertFalse(backlog.isOver());

    backlog.take(page("f-5 t", "f-6 t"), FILTERS, batch);

    assertEquals(List.of("restarted", "f-5"), given());
    assertTrue(backlog.isOver());
  }

  @Test
  void asManyEventsMayWaitAsTheHistoryHasBehindThePlace() {
    History history = copy("e-3", 5);

    assertEquals(3, Backlog.fromPlace(id("e-5")).waiting(history));
    assertEquals(7, Backlog.fromPlace(id("e-1")).waiting(history));
    assertEquals(0, Backlog.fromPlace(id("e-8")).waiting(history));
    assertEquals(0, Backlog.fromPlace(id("e-9")).waiting(history));
    assertEquals(0, Backlog.fromPlace(id("d-5")).waiting(history));
    assertEquals(0, Backlog.fromId("e-5", id("e-8")).waiting(history));
    assertEquals(0, Backlog.fromPlace(id("e-5")).waiting(history()));
  }

  @Test
  void clientGoesOnInTheHistoryWhereItIs() {
    Resume resume = inHistory(Backlog.fromPlace(id("e-5")), copy("e-3", 5));

    resume.readPage(batch);

    assertEquals(List.of("e-6", "e-7", "e-8"), given());
  }

  @Test
  void historyThatDoesNotReachBackIsNoUse() {
    History history = copy("e-3", 5);

    assertNull(Backlog.fromPlace(id("e-2")).inHistory(history, FILTERS));
    assertNull(Backlog.fromPlace(id("d-5")).inHistory(history, FILTERS));
    assertNull(Backlog.fromPlace(id("e-5")).inHistory(history(), FILTERS));
  }

  @Test
  void clientIsToldOfWhatIsMissingBeforeItGoesOnInTheHistory() {
    History history = copy("e-3", 5);
    Backlog backlog = Backlog.fromPlace(id("e-5"), GapReason.OVERFLOW);
    assertNull(backlog.inHistory(history, FILTERS));

    backlog.take(page(), FILTERS, batch);

    assertEquals(List.of("overflow"), given());
    assertEquals(5, inHistory(backlog, history).after());
  }

  @Test
  void clientWhoseIdIsNotKnownYetDoesNotGoOnInTheHistory() {
    assertNull(Backlog.fromId("e-5", id("e-8")).inHistory(copy("e-3", 5), FILTERS));
  }

  /** It was given that place by another broker, which had read further, or made it up. */
  @Test
  void clientThatIsFurtherThanTheHistoryGoesOnThereOnceTheLogReachesThatFar() {
    History history = copy("e-3", 5);
    Backlog backlog = Backlog.fromEvent(id("e-9"), id("e-8"));
    assertNull(backlog.inHistory(history, FILTERS));

    backlog.take(new LogPages.Page(id("e-9"), List.of(), id("e-9")), FILTERS, batch);

    assertTrue(inHistory(backlog, history).isWaiting());
  }

  @Test
  void clientThatWasGivenMoreThanTheHistoryHasGoesOnThere() {
    Backlog backlog = Backlog.fromEvent(id("e-9"), id("e-8"));

    backlog.take(page("e-10 t"), FILTERS, batch);

    assertTrue(inHistory(backlog, copy("e-3", 5)).isWaiting());
  }

  @Test
  void clientThatBeginsAtTheEndOfTheLogWaitsForTheHistory() {
    Backlog backlog = Backlog.fromId("what?", null);

    backlog.take(new LogPages.Page(null, List.of(), id("e-9")), FILTERS, batch);

    assertTrue(inHistory(backlog, copy("e-3", 5)).isWaiting());
  }

  @Test
  void clientThatIsAtTheEndOfTheHistoryGoesOnThereAtOnce() {
    Resume resume = inHistory(Backlog.fromEvent(id("e-8"), id("e-8")), copy("e-3", 5));

    assertTrue(resume.isLevel());
  }

  @Test
  void clientThatIsStoppedIsGivenNothingBehindThatByTheHistory() {
    Backlog backlog = Backlog.fromPlace(id("e-5"));
    backlog.stop(id("e-6"));

    inHistory(backlog, copy("e-3", 5)).readPage(batch);

    assertEquals(List.of("e-6"), given());
  }

  @Test
  void clientThatWasStoppedBeforeTheFirstContactIsGivenNothingByTheHistory() {
    Backlog backlog = Backlog.fromPlace(id("e-5"));
    backlog.stop(null);

    inHistory(backlog, copy("e-3", 5)).readPage(batch);

    assertEquals(List.of(), given());
  }

  @Test
  void clientWaitsAtTheEndOfTheLogUntilTheHistoryGoesOn() {
    History history = copy("e-3", 5);
    Backlog backlog = Backlog.fromEvent(id("e-9"), id("e-8"));
    backlog.inHistory(history, FILTERS);

    assertFalse(backlog.isWaiting(page("e-10 t"), history));
    assertTrue(backlog.isWaiting(page(), history));
    append(history);
    assertFalse(backlog.isWaiting(page(), history));
  }

  private static Resume inHistory(Backlog backlog, History history) {
    return Objects.requireNonNull(backlog.inHistory(history, FILTERS));
  }

  private static History history() {
    return new History(10, Long.MAX_VALUE, Long.MAX_VALUE);
  }

  /** Returns a copy of so many events that stand behind a place. */
  private static History copy(String behind, int events) {
    History history = history();
    history.copyFrom(id(behind));
    for (int i = 0; i < events; i++) {
      append(history);
    }
    return history;
  }

  private static void append(History history) {
    Frame frame = EventStreamEncoder.encode("t", Event.of("x"), ID_PREFIX);
    history.append("t", frame, ID_PREFIX, 0);
  }

  /** Takes the ids of the events in the batch, and the reasons of its notices. */
  private List<String> given() {
    List<String> given = new ArrayList<>();
    for (String line : new String(batch.toByteArray(), UTF_8).lines().toList()) {
      if (line.startsWith("id: ")) {
        given.add(line.substring("id: ".length()));
      } else if (line.contains("\"reason\"")) {
        given.add(line.replaceAll(".*\"reason\":\"([a-z-]+)\".*", "$1"));
      }
    }
    batch.clear();
    return given;
  }

  private static LogPages.Page page(String... lines) {
    List<LogPages.Line> read = new ArrayList<>();
    for (String line : lines) {
      int space = line.indexOf(' ');
      read.add(line(line.substring(0, space), line.substring(space + 1), "x"));
    }
    return new LogPages.Page(null, read, null);
  }

  private static LogPages.Line line(String id, String topic, String data) {
    EventLog.Entry entry = new EventLog.Entry(id(id), topic, Event.of(data));
    Frame frame = EventStreamEncoder.encode(entry);
    frame.complete(EventStreamEncoder.idPrefix(entry.id().epoch()), entry.id().sequence(), 0);
    return new LogPages.Line(entry.id(), topic, frame);
  }

  private static EventId id(String text) {
    Optional<EventId> id = EventId.parse(text);
    return id.orElseThrow();
  }
}
