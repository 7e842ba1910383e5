package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private static final byte[] NO_ID = {};
  private static final long FOR_EVER = Long.MAX_VALUE;

  /** What a frame has besides its data. */
  private static final int FRAMING = "data: \n\n".length();

  @Test
  void sequencesRiseByOneAcrossTopics() {
    History history = new History(10, FOR_EVER, FOR_EVER);
    assertTrue(history.isOn());
    assertEquals(0, history.lastSequence());

    assertEquals(1, append(history, "a", 10, 0).sequence());
    assertEquals(2, append(history, "b", 10, 0).sequence());
    assertEquals(3, append(history, "a", 10, 0).sequence());

    assertEquals(3, history.lastSequence());
    assertEquals(3, history.events());
    assertEquals(30, history.bytes());
    assertEquals(List.of(1L, 3L), kept(history, "a"));
    assertEquals(List.of(2L), kept(history, "b"));
    assertEquals(List.of(1L, 2L, 3L), kept(history, "*"));
  }

  @Test
  void historyOfNoEventsGivesOutSequencesAndKeepsNothing() {
    History history = new History(0, FOR_EVER, FOR_EVER);

    assertEquals(1, append(history, "a", 10, 0).sequence());
    assertEquals(2, append(history, "a", 10, 0).sequence());

    assertFalse(history.isOn());
    assertEquals(0, history.events());
    assertEquals(0, history.bytes());
    assertEquals(List.of(), history.select(List.of(TopicFilter.parse("**"))));
  }

  @Test
  void busyTopicPushesOutItsOwnEventsOnly() {
    History history = new History(3, FOR_EVER, FOR_EVER);
    append(history, "quiet", 10, 0);
    append(history, "quiet", 10, 0);

    for (int i = 0; i < 1000; i++) {
      append(history, "busy", 20, 0);
    }

    assertEquals(List.of(1L, 2L), kept(history, "quiet"));
    assertEquals(List.of(1000L, 1001L, 1002L), kept(history, "busy"));
    assertEquals(5, history.events());
    assertEquals(80, history.bytes());
  }

  @Test
  void topicWithTheMostBytesGivesAnEighth() {
    History history = new History(1000, 1000, FOR_EVER);
    for (int i = 0; i < 2; i++) {
      append(history, "quiet", 50, 0);
    }
    for (int i = 0; i < 45; i++) {
      append(history, "busy", 20, 0);
    }
    assertEquals(1000, history.bytes());
    assertEquals(47, history.events());

    append(history, "quiet", 10, 0);

    // 900 bytes become at most 784, in steps of 20.
    assertEquals(39, kept(history, "busy").size());
    assertEquals(List.of(1L, 2L, 48L), kept(history, "quiet"));
    assertEquals(39 * 20 + 110, history.bytes());
    assertEquals(42, history.events());
  }

  @Test
  void eventLargerThanTheHistoryIsNotKept() {
    History history = new History(1000, 1000, FOR_EVER);
    append(history, "a", 10, 0);

    append(history, "b", 5000, 0);

    assertEquals(List.of(1L), kept(history, "a"));
    assertEquals(List.of(), kept(history, "b"));
    assertEquals(10, history.bytes());
    assertEquals(1, history.events());
  }

  @Test
  void eventsAreKeptUntilTheyAreOlderThanTheirAge() {
    History history = new History(1000, FOR_EVER, 100);
    append(history, "a", 10, 1000);
    append(history, "b", 10, 1050);
    append(history, "a", 10, 1060);

    history.expire(1100);
    assertEquals(List.of(1L, 2L, 3L), kept(history, "*"));
    history.expire(1101);
    assertEquals(List.of(2L, 3L), kept(history, "*"));
    history.expire(1151);
    assertEquals(List.of(3L), kept(history, "*"));
    history.expire(1_000_000);
    assertEquals(List.of(), kept(history, "*"));
    assertEquals(0, history.events());
    assertEquals(0, history.bytes());
  }

  @Test
  void clockMayBeNegativeAndOverflow() {
    History history = new History(1000, FOR_EVER, 100);
    append(history, "a", 10, Long.MAX_VALUE - 10);

    history.expire(Long.MIN_VALUE + 80);
    assertEquals(1, history.events());
    history.expire(Long.MIN_VALUE + 90);
    assertEquals(0, history.events());
  }

  @Test
  void appendedTopicLosesItsOldEventsAtOnce() {
    History history = new History(1000, FOR_EVER, 100);
    append(history, "a", 10, 1000);
    append(history, "b", 10, 1000);

    append(history, "a", 10, 2000);

    assertEquals(List.of(3L), kept(history, "a"));
    assertEquals(List.of(2L), kept(history, "b"));
  }

  @Test
  void logKnowsWhatIsMissing() {
    History history = new History(2, FOR_EVER, FOR_EVER);
    append(history, "other", 10, 0);
    append(history, "other", 10, 0);
    for (int i = 3; i <= 7; i++) {
      append(history, "a", 10, 0);
    }
    TopicLog log = history.select(List.of(TopicFilter.parse("a"))).getFirst();

    // 3, 4 and 5 were evicted; 6 and 7 are kept.
    assertEquals(3, log.missingAfter(0));
    assertEquals(3, log.missingAfter(2));
    assertEquals(-1, log.missingAfter(3));
    assertEquals(-1, log.missingAfter(4));
    assertEquals(0, log.missingAfter(5));
    assertEquals(0, log.missingAfter(7));
    assertEquals(2, log.count(0, Long.MAX_VALUE));
    assertEquals(2, log.count(5, 7));
    assertEquals(1, log.count(5, 6));
    assertEquals(1, log.count(6, 7));
    assertEquals(0, log.count(7, 7));
    assertEquals(0, log.count(0, 5));
    assertEquals(0, log.count(7, 5));
  }

  @Test
  void topicNotUsedForTheLongestTimeIsForgotten() {
    History history = new History(2, FOR_EVER, FOR_EVER);
    append(history, "first", 10, 0);
    append(history, "second", 10, 0);
    append(history, "second", 10, 0);
    append(history, "first", 10, 0);
    for (int i = 0; i < 16_384 - 2; i++) {
      append(history, "topic/" + i, 10, 0);
    }
    assertEquals(0, history.forgottenThrough());
    assertEquals(16_384 + 2, history.events());
    long version = history.version();

    append(history, "one/more", 10, 0);

    assertEquals(3, history.forgottenThrough());
    assertNotEquals(version, history.version());
    assertEquals(16_384 + 1, history.events());
    assertEquals(10 * (16_384 + 1), history.bytes());
    assertEquals(List.of(), history.select(List.of(TopicFilter.parse("second"))));
    assertEquals(List.of(1L, 4L), kept(history, "first"));
    // It was used by the line above.
    append(history, "and/another", 10, 0);
    assertEquals(5, history.forgottenThrough());
    assertEquals(List.of(1L, 4L), kept(history, "first"));
  }

  @Test
  void versionRisesWithANewTopicOnly() {
    History history = new History(2, FOR_EVER, FOR_EVER);
    append(history, "a", 10, 0);
    long version = history.version();

    append(history, "a", 10, 0);
    assertEquals(version, history.version());
    append(history, "b", 10, 0);
    assertNotEquals(version, history.version());
  }

  /** Who remembers the logs of a version would take them for those of another. */
  @Test
  void versionNeverComesAgain() {
    History history = new History(2, FOR_EVER, FOR_EVER);
    List<Long> versions = new ArrayList<>();
    for (int life = 0; life < 3; life++) {
      versions.add(history.version());
      append(history, "a", 10, 0);
      versions.add(history.version());
      history.copyFrom(new EventId("life", 7));
    }

    assertEquals(versions.stream().distinct().toList(), versions);
  }

  @Test
  void topicThatGivesStopsAtSevenEighths() {
    History history = new History(100, 79, FOR_EVER);
    for (int i = 0; i < 8; i++) {
      append(history, "a", 10, 0);
    }
    assertEquals(7, history.events());
    assertEquals(70, history.bytes());
  }

  @Test
  void filtersSelectTheLogsOfTheirTopics() {
    History history = new History(2, FOR_EVER, FOR_EVER);
    for (String topic : List.of("a", "a/b", "a/c", "a/b/c")) {
      append(history, topic, 10, 0);
    }
    assertEquals(List.of(2L, 3L), kept(history, "a/*"));
    assertEquals(List.of(2L, 3L, 4L), kept(history, "a/**"));
    assertEquals(List.of(1L, 2L, 3L, 4L), kept(history, "**"));
    assertEquals(List.of(), kept(history, "b/*"));
    assertEquals(List.of(2L), kept(history, "a/b"));
    assertEquals(List.of(), kept(history, "a/d"));
  }

  @Test
  void idOfThePublishersIsKnownAsLongAsItsEventIsKept() {
    History history = new History(2, FOR_EVER, FOR_EVER);
    append(history, "a", 10, 0);
    appendWithId(history, "mine");
    assertEquals(Optional.of(2L), history.sequenceOf("mine"));
    assertEquals(Optional.empty(), history.sequenceOf("other"));

    append(history, "a", 10, 0);
    assertEquals(Optional.of(2L), history.sequenceOf("mine"));
    append(history, "a", 10, 0);
    assertEquals(Optional.empty(), history.sequenceOf("mine"));
  }

  @Test
  void historyThatIsNoCopyHasNoPlaceInALog() {
    History history = new History(2, FOR_EVER, FOR_EVER);
    append(history, "a", 10, 0);
    assertNull(history.copiedBehind());
    assertNull(history.copiedThrough());
    assertFalse(history.hasAllAfter(0, List.of()));
  }

  @Test
  void copyForgetsWhatWasBeforeAndKnowsHowFarItReaches() {
    History history = new History(2, FOR_EVER, FOR_EVER);
    append(history, "a", 10, 0);
    appendWithId(history, "mine");
    long version = history.version();
    EventId place = new EventId("life", 7);

    history.copyFrom(place);
    assertEquals(place, history.copiedBehind());
    assertEquals(place, history.copiedThrough());
    assertEquals(7, history.lastSequence());
    assertNotEquals(version, history.version());
    assertEquals(0, history.events());
    assertEquals(0, history.bytes());
    assertEquals(List.of(), kept(history, "**"));
    assertEquals(Optional.empty(), history.sequenceOf("mine"));

    for (int i = 8; i <= 10; i++) {
      append(history, "a", 10, 0);
    }
    assertEquals(new EventId("life", 10), history.copiedThrough());
    List<TopicLog> logs = history.select(List.of(TopicFilter.parse("a")));
    assertFalse(history.hasAllAfter(6, List.of()));
    assertTrue(history.hasAllAfter(7, List.of()));
    assertFalse(history.hasAllAfter(7, logs));
    assertTrue(history.hasAllAfter(8, logs));
  }

  @Test
  void copyKnowsThatItForgotTopics() {
    History history = new History(2, FOR_EVER, FOR_EVER);
    history.copyFrom(new EventId("life", 7));
    for (int i = 0; i < 16_384 + 1; i++) {
      append(history, "topic/" + i, 10, 0);
    }

    assertEquals(8, history.forgottenThrough());
    assertFalse(history.hasAllAfter(7, List.of()));
    assertTrue(history.hasAllAfter(8, List.of()));
    history.copyFrom(new EventId("next", 0));
    assertTrue(history.hasAllAfter(0, List.of()));
  }

  private static void appendWithId(History history, String id) {
    Frame frame = EventStreamEncoder.encode("a", Event.of("x").withId(id), NO_ID);
    history.append("a", frame, NO_ID, 0);
  }

  private static Frame append(History history, String topic, int length, long now) {
    Frame frame = EventStreamEncoder.encode(topic, Event.of("x".repeat(length - FRAMING)), NO_ID);
    history.append(topic, frame, NO_ID, now);
    assertEquals(length, frame.length());
    return frame;
  }

  /** The sequences of the events that are kept of the topics that the filter selects. */
  private static List<Long> kept(History history, String filter) {
    List<Long> kept = new ArrayList<>();
    for (TopicLog log : history.select(List.of(TopicFilter.parse(filter)))) {
      for (long position = log.after(0); log.has(position); position++) {
        kept.add(log.get(position).sequence());
      }
    }
    kept.sort(Comparator.naturalOrder());
    return kept;
  }
}
