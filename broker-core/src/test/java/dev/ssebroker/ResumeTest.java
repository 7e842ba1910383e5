package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ResumeTest {
  private static final String EPOCH = "e";
  private static final byte[] ID_PREFIX = EventStreamEncoder.idPrefix(EPOCH);
  private static final List<TopicFilter> FILTERS =
      List.of(TopicFilter.parse("a"), TopicFilter.parse("b"));

  /** It keeps the last three events of each topic. */
  private final History history = new History(3, Long.MAX_VALUE, Long.MAX_VALUE);

  private final Batch batch = new Batch();

  @Test
  void eventsOfSeveralTopicsComeInTheirOrder() {
    publish("a", "b", "other", "b", "a", "b");
    Resume resume = fromId(1);
    assertEquals(4, resume.waiting());
    assertFalse(resume.isLevel());

    assertEquals(List.of("2", "4", "5", "6"), read(resume));

    assertEquals(0, resume.waiting());
    assertEquals(6, resume.after());
    assertTrue(resume.isLevel());
    assertFalse(resume.isWaiting());
  }

  @Test
  void clientThatHasEverythingIsLevel() {
    publish("a", "other");
    Resume resume = fromId(1);

    assertTrue(resume.isLevel());
    assertEquals(List.of(), read(resume));
  }

  @Test
  void topicThatAppearsWhileTheClientIsBehindIsRead() {
    publish("a", "a");
    Resume resume = fromId(1);
    publish("b");
    resume.expectOneMore();

    assertEquals(List.of("2", "3"), read(resume));
    assertTrue(resume.isLevel());
  }

  @Test
  void fullBatchLeavesTheRestForTheNext() {
    for (int i = 1; i <= 3; i++) {
      publishData("a", "x".repeat(40_000));
    }
    Resume resume = fromId(0);

    assertEquals(List.of("1", "2"), read(resume));
    assertEquals(1, resume.waiting());
    assertFalse(resume.isLevel());
    assertEquals(List.of("3"), read(resume));
    assertTrue(resume.isLevel());
  }

  @Test
  void whatTheHistoryForgotIsCountedToTheEvent() {
    publish("other", "a", "a", "a", "a", "a", "b", "b", "b", "b");

    assertEquals(List.of("3 evicted", "4", "5", "6", "8", "9", "10"), read(fromId(1)));
  }

  @Test
  void nobodyKnowsHowMuchIsMissingIfSomeOfTheForgottenCameBeforeTheClientsLast() {
    publish("a", "a", "a", "a", "a");

    assertEquals(List.of("null evicted", "3", "4", "5"), read(fromId(1)));
    assertEquals(List.of("3", "4", "5"), read(fromId(2)));
  }

  /** Their topics are forgotten as well, and with these how many there were. */
  @Test
  void clientIsToldThatTopicsWereForgottenBehindItsLast() {
    publish("old", "old");
    for (int i = 0; i < 16_384; i++) {
      publish("topic/" + i);
    }
    publish("a");

    assertEquals(3, history.forgottenThrough());
    assertEquals(List.of("null evicted", "16387"), read(fromId(2)));
    assertEquals(List.of("16387"), read(fromId(3)));
  }

  @Test
  void clientOfAnotherLifeIsToldOnceAndGivenAllThereIs() {
    publish("a", "a", "a", "a");
    Resume resume = Resume.fromId(history, FILTERS, EPOCH, new EventId("old", 3));

    assertEquals(List.of("null restarted", "2", "3", "4"), read(resume));
    publish("a");
    resume.expectOneMore();
    assertEquals(List.of("5"), read(resume));
  }

  @Test
  void clientThatOverflowedIsGivenTheEventAtWhichItDid() {
    publish("a", "a", "a");
    Resume resume = Resume.fromOverflow(history, FILTERS, 3);
    publish("other", "b");
    resume.expectOneMore();
    assertEquals(2, resume.waiting());

    assertEquals(List.of("3", "5"), read(resume));
  }

  @Test
  void clientThatIsSlowerThanTheHistoryForgetsIsToldOfEachLoss() {
    publish("a");
    Resume resume = Resume.fromOverflow(history, FILTERS, 1);
    publish(resume, "a", "a", "a", "a");
    assertEquals(List.of("2 evicted", "3", "4", "5"), read(resume));

    publish(resume, "b", "a", "a", "a", "a");

    assertEquals(List.of("1 evicted", "6", "8", "9", "10"), read(resume));
    assertTrue(resume.isLevel());
  }

  @Test
  void clientThatDropsIsGivenNothingAndToldHowMuchThatWas() {
    publish("a", "a");
    Resume resume = Resume.dropping(history);
    publish(resume, "a");
    assertTrue(resume.isDropping());
    assertEquals(0, resume.waiting());
    assertFalse(resume.isLevel());

    assertEquals(List.of("2 overflow"), read(resume));
    assertTrue(resume.isLevel());
    assertEquals(List.of(), read(resume));
  }

  @Test
  void clientThatIsStoppedIsGivenNothingBehindThat() {
    publish("a", "b");
    Resume resume = fromId(0);
    resume.stop();
    publish("a");

    assertEquals(List.of("1", "2"), read(resume));
    assertTrue(resume.isLevel());
  }

  @Test
  void copyIsReadFromWhereTheClientIs() {
    history.copyFrom(id(7));
    publish("a", "other", "b");
    Resume resume = Resume.inCopy(history, FILTERS, 7);
    assertFalse(resume.needsLog());
    assertEquals(2, resume.waiting());

    assertEquals(List.of("8", "10"), read(resume));
    assertTrue(resume.isLevel());
  }

  @Test
  void clientWhoseNextEventsTheCopyDoesNotHaveNeedsTheLog() {
    history.copyFrom(id(7));
    publish("a");
    assertTrue(Resume.inCopy(history, FILTERS, 6).needsLog());

    Resume resume = Resume.inCopy(history, FILTERS, 7);
    publish("a", "a", "a");

    assertTrue(resume.needsLog());
    assertFalse(fromId(8).needsLog());
  }

  @Test
  void clientNeedsTheLogWhenANewTopicsEventsAreGone() {
    history.copyFrom(id(7));
    Resume resume = Resume.inCopy(history, FILTERS, 7);
    assertFalse(resume.needsLog());

    publish("b", "b", "b", "b");

    assertTrue(resume.needsLog());
  }

  @Test
  void historyThatIsNoCopyNeedsNoLog() {
    publish("a", "a", "a", "a", "a");

    assertFalse(fromId(1).needsLog());
  }

  /** The log has what the copy lacks. */
  @Test
  void clientOfACopyIsNotToldOfALoss() {
    history.copyFrom(id(7));
    publish("a");
    Resume resume = Resume.inCopy(history, FILTERS, 7);
    publish(resume, "a", "a", "a");

    assertEquals(List.of("9", "10", "11"), read(resume));
  }

  @Test
  void clientThatDropsWhileALogIsSharedIsToldAndNeedsNoLog() {
    history.copyFrom(id(7));
    publish("a");
    Resume resume = Resume.dropping(history);

    assertFalse(resume.needsLog());
    assertEquals(List.of("1 overflow"), read(resume));
  }

  /** It comes from a broker that has read further in the log. */
  @Test
  void clientThatIsFurtherThanTheCopyWaitsForIt() {
    history.copyFrom(id(7));
    publish("a");
    Resume resume = Resume.inCopy(history, FILTERS, 10);
    assertFalse(resume.isLevel());
    assertTrue(resume.isWaiting());

    publish("a", "a");
    assertTrue(resume.isLevel());
    assertFalse(resume.isWaiting());
    publish(resume, "a");
    assertFalse(resume.isLevel());
    assertFalse(resume.isWaiting());
    assertEquals(List.of("11"), read(resume));
  }

  @Test
  void clientThatIsFurtherThanTheCopyWaitsForNothingOnceItIsStopped() {
    history.copyFrom(id(7));
    Resume resume = Resume.inCopy(history, FILTERS, 10);

    resume.stop();

    assertTrue(resume.isLevel());
  }

  @Test
  void clientGoesOnInTheLogWhereItWasInTheCopy() {
    history.copyFrom(id(7));
    publish("a", "a");
    Resume resume = Resume.inCopy(history, FILTERS, 7);
    read(resume);

    Backlog backlog = resume.toBacklog();

    assertEquals(id(9), backlog.place());
    assertEquals(List.of(), takeNothing(backlog));
    assertFalse(backlog.isOver());
  }

  @Test
  void clientThatWasStoppedInTheCopyIsStoppedInTheLog() {
    history.copyFrom(id(7));
    publish("a");
    Resume resume = Resume.inCopy(history, FILTERS, 7);
    resume.stop();

    Backlog backlog = resume.toBacklog();
    assertFalse(backlog.isOver());
    read(resume);

    assertTrue(resume.toBacklog().isOver());
  }

  @Test
  void clientThatDroppedIsToldOfItWhenItGoesOnInTheLog() {
    history.copyFrom(id(7));
    publish("a");

    Backlog backlog = Resume.dropping(history).toBacklog();

    assertEquals(id(8), backlog.place());
    assertEquals(List.of("null overflow"), takeNothing(backlog));
  }

  private List<String> takeNothing(Backlog backlog) {
    backlog.take(new LogPages.Page(backlog.place(), List.of(), backlog.place()), FILTERS, batch);
    return takeGiven();
  }

  private Resume fromId(long last) {
    return Resume.fromId(history, FILTERS, EPOCH, id(last));
  }

  private static EventId id(long sequence) {
    return new EventId(EPOCH, sequence);
  }

  /** Publishes events to topics of which the client has all. */
  private void publish(Resume resume, String... topics) {
    for (String topic : topics) {
      publish(topic);
      resume.expectOneMore();
    }
  }

  private void publish(String... topics) {
    for (String topic : topics) {
      publishData(topic, "x");
    }
  }

  private void publishData(String topic, String data) {
    Frame frame = EventStreamEncoder.encode(topic, Event.of(data), ID_PREFIX);
    history.append(topic, frame, ID_PREFIX, 0);
  }

  /** Returns the sequences of the events on the next page, and what its notice says. */
  private List<String> read(Resume resume) {
    resume.readPage(batch);
    return takeGiven();
  }

  private List<String> takeGiven() {
    List<String> given = new ArrayList<>();
    Batch.Gap gap = batch.gap();
    for (String line : new String(batch.toByteArray(), UTF_8).lines().toList()) {
      if (line.startsWith("id: ")) {
        given.add(line.substring(line.indexOf('-') + 1));
      } else if (line.equals("event: gap")) {
        String missed = Objects.requireNonNull(gap).missed() < 0 ? "null" : "" + gap.missed();
        given.add(missed + " " + gap.reason().wireName());
      }
    }
    batch.clear();
    return given;
  }
}
