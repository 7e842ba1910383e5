package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private static final List<TopicFilter> FILTERS = List.of(TopicFilter.parse("t"));

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
