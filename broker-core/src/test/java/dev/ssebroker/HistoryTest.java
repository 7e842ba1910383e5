package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryTest {
  private static final long UNLIMITED = Long.MAX_VALUE;
  private static final int MAX_TOPICS = 16_384;

  /** The length of most events here. */
  private static final int LENGTH = 20;

  @RegisterExtension final HeldLock held = new HeldLock();

  private final Batch batch = new Batch(new Deflation());

  @Test
  void sequencesRiseByOneAcrossTopics() {
    History history = new History(held.lock, "e", 10, UNLIMITED, UNLIMITED);
    assertTrue(history.isOn());
    assertEquals(0, history.lastSequence());

    assertEquals(1, append(history, "a", LENGTH, 0).sequence());
    assertEquals(2, append(history, "b", LENGTH, 0).sequence());
    assertEquals(3, append(history, "a", LENGTH, 0).sequence());

    assertEquals(3, history.lastSequence());
    assertEquals(3, history.events());
    assertEquals(3 * LENGTH, history.bytes());
    assertEquals(List.of(1L, 3L), kept(history, "a"));
    assertEquals(List.of(2L), kept(history, "b"));
    assertEquals(List.of(1L, 2L, 3L), kept(history, "*"));
  }

  @Test
  void historyOfNoEventsGivesOutSequencesAndKeepsNothing() {
    History history = new History(held.lock, "e", 0, UNLIMITED, UNLIMITED);

    assertEquals(1, append(history, "a", LENGTH, 0).sequence());
    assertEquals(2, append(history, "a", LENGTH, 0).sequence());

    assertFalse(history.isOn());
    assertEquals(0, history.events());
    assertEquals(0, history.bytes());
    assertEquals(List.of(), kept(history, "**"));
  }

  @Test
  void eventHasTheHistorysIdOrItsOwn() {
    History history = new History(held.lock, "e", 10, UNLIMITED, UNLIMITED);

    assertEquals("e-1", history.append("a", history.encode("a", Event.of("x")), 0));
    Frame own = history.encode("a", Event.of("x").withId("own"));
    assertEquals("own", history.append("a", own, 0));
  }

  // Eviction.

  @Test
  void busyTopicEvictsItsOwnEventsOnly() {
    History history = new History(held.lock, "e", 3, UNLIMITED, UNLIMITED);
    append(history, "quiet", LENGTH, 0);
    append(history, "quiet", LENGTH, 0);

    for (int i = 0; i < 1000; i++) {
      append(history, "busy", 2 * LENGTH, 0);
    }

    assertEquals(List.of(1L, 2L), kept(history, "quiet"));
    assertEquals(List.of(1000L, 1001L, 1002L), kept(history, "busy"));
    assertEquals(List.of(1L, 2L, 1000L, 1001L, 1002L), kept(history, "**"));
    assertEquals(5, history.events());
    assertEquals(8 * LENGTH, history.bytes());
  }

  @Test
  void topicWithTheMostBytesGivesAnEighth() {
    History history = new History(held.lock, "e", 1000, 1000, UNLIMITED);
    for (int i = 0; i < 2; i++) {
      append(history, "quiet", 50, 0);
    }
    for (int i = 0; i < 45; i++) {
      append(history, "busy", 20, 0);
    }
    assertEquals(1000, history.bytes());
    assertEquals(47, history.events());

    append(history, "quiet", 20, 0);

    // 900 bytes become at most 784, in steps of 20.
    assertEquals(39, kept(history, "busy").size());
    assertEquals(List.of(1L, 2L, 48L), kept(history, "quiet"));
    assertEquals(39 * 20 + 120, history.bytes());
    assertEquals(42, history.events());
  }

  @Test
  void topicThatGivesStopsAtSevenEighths() {
    History history = new History(held.lock, "e", 100, 8 * LENGTH - 1, UNLIMITED);
    for (int i = 0; i < 8; i++) {
      append(history, "a", LENGTH, 0);
    }
    assertEquals(7, history.events());
    assertEquals(7 * LENGTH, history.bytes());
  }

  @Test
  void eventLargerThanTheHistoryIsNotKept() {
    History history = new History(held.lock, "e", 1000, 1000, UNLIMITED);
    append(history, "a", LENGTH, 0);

    append(history, "b", 5000, 0);

    assertEquals(List.of(1L), kept(history, "a"));
    assertEquals(List.of(), kept(history, "b"));
    assertEquals(LENGTH, history.bytes());
    assertEquals(1, history.events());
  }

  @Test
  void eventsExpireWhenTheyAreOlderThanTheirAge() {
    History history = new History(held.lock, "e", 1000, UNLIMITED, 100);
    append(history, "a", LENGTH, 1000);
    append(history, "b", LENGTH, 1050);
    append(history, "a", LENGTH, 1060);

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
    History history = new History(held.lock, "e", 1000, UNLIMITED, 100);
    append(history, "a", LENGTH, Long.MAX_VALUE - 10);

    history.expire(Long.MIN_VALUE + 80);
    assertEquals(1, history.events());
    history.expire(Long.MIN_VALUE + 90);
    assertEquals(0, history.events());
  }

  @Test
  void appendExpiresTheOldEventsOfAllTopics() {
    History history = new History(held.lock, "e", 1000, UNLIMITED, 100);
    append(history, "a", LENGTH, 1000);
    append(history, "b", LENGTH, 1000);

    append(history, "a", LENGTH, 2000);

    assertEquals(List.of(3L), kept(history, "*"));
  }

  @Test
  void topicThatWasPublishedToLongestAgoIsForgotten() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "first", "second", "second", "first");
    for (int i = 0; i < MAX_TOPICS - 2; i++) {
      appendTo(history, "topic/" + i);
    }
    assertForgottenThrough(0, history);
    assertEquals(MAX_TOPICS + 2, history.events());

    appendTo(history, "one/more");

    assertForgottenThrough(3, history);
    assertEquals(MAX_TOPICS + 1, history.events());
    assertEquals(LENGTH * (MAX_TOPICS + 1), history.bytes());
    assertEquals(List.of(), kept(history, "second"));
    assertEquals(List.of(1L, 4L), kept(history, "first"));
    // That was an append to a topic that is known.
    appendTo(history, "first", "and/another");
    assertForgottenThrough(5, history);
    assertEquals(List.of(4L, MAX_TOPICS + 4L), kept(history, "first"));
  }

  @Test
  void idOfAPublisherIsKnownAsLongAsItsEventIsKept() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    append(history, "a", LENGTH, 0);
    appendWithId(history, "mine");
    assertEquals(Optional.of(2L), history.sequenceOf("mine"));
    assertEquals(Optional.empty(), history.sequenceOf("other"));

    append(history, "a", LENGTH, 0);
    assertEquals(Optional.of(2L), history.sequenceOf("mine"));
    append(history, "a", LENGTH, 0);
    assertEquals(Optional.empty(), history.sequenceOf("mine"));
  }

  // Counts.

  @Test
  void filtersSelectTheirTopics() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "a/b", "a/c", "a/b/c");

    assertEquals(List.of(2L, 3L), kept(history, "a/*"));
    assertEquals(List.of(2L, 3L, 4L), kept(history, "a/**"));
    assertEquals(List.of(1L, 2L, 3L, 4L), kept(history, "**"));
    assertEquals(List.of(), kept(history, "b/*"));
    assertEquals(List.of(2L), kept(history, "a/b"));
    assertEquals(List.of(), kept(history, "a/d"));
    assertEquals(List.of(1L, 3L), kept(history, "a/c", "a"));
    assertEquals(List.of(1L, 4L), kept(history, "a", "*/*/*"));
  }

  @Test
  void keptEventsAreCountedBetweenTwoSequences() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "b", "a", "b", "a", "c");

    for (List<String> filters : List.of(List.of("a", "b", "none"), List.of("a", "*"))) {
      Filters both = filters(filters.toArray(String[]::new));
      int others = both.areExact() ? 0 : 1;
      assertEquals(4 + others, history.count(both, 0, UNLIMITED));
      assertEquals(4, history.count(both, 0, 5));
      assertEquals(2, history.count(both, 2, 4));
      assertEquals(1 + others, history.count(both, 4, UNLIMITED));
      assertEquals(others, history.count(both, 5, UNLIMITED));
      assertEquals(0, history.count(both, 6, UNLIMITED));
    }
  }

  @Test
  void evictedEventsAreCountedForAClientOfSeveralTopics() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "b", "a", "b", "a", "b", "b");
    // 1 of a, 2 and 4 of b were evicted.

    for (Filters both : List.of(filters("a", "b"), filters("*"))) {
      assertEquals(3, history.evictedAfter(both, 0));
      assertEquals(2, history.evictedAfter(both, 1));
      assertEquals(GapNotice.UNKNOWN, history.evictedAfter(both, 2));
      assertEquals(GapNotice.UNKNOWN, history.evictedAfter(both, 3));
      assertEquals(0, history.evictedAfter(both, 4));
      assertEquals(0, history.evictedAfter(both, 9));
    }
    assertEquals(1, history.evictedAfter(filters("a"), 0));
    assertEquals(0, history.evictedAfter(filters("a"), 1));
    assertEquals(0, history.evictedAfter(filters("a/*"), 0));
  }

  @Test
  void nobodyKnowsWhatWasEvictedOfTopicsThatWereForgotten() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "old", "old");
    for (int i = 0; i < MAX_TOPICS; i++) {
      appendTo(history, "topic/" + i);
    }

    assertForgottenThrough(2, history);
    assertEquals(History.EVICTED, history.read(filters("topic/1"), 1, UNLIMITED, batch));
    batch.clear();
    assertEquals(MAX_TOPICS + 2, history.read(filters("topic/1"), 2, UNLIMITED, batch));
    assertEquals(List.of(4L), takeSequences());
  }

  // Copies of a shared log.

  @Test
  void historyThatIsNoCopyHasNoPositionInALog() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    append(history, "a", LENGTH, 0);

    assertNull(history.copiedAfter());
    assertNull(history.copiedThrough());
    assertFalse(history.reachesBackTo(filters("a"), 0));
  }

  @Test
  void copyDiscardsWhatWasBeforeAndKnowsHowFarItReaches() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    append(history, "a", LENGTH, 0);
    appendWithId(history, "mine");
    append(history, "a", LENGTH, 0);
    append(history, "b", LENGTH, 0);
    EventId position = new EventId("life", 7);

    history.copyAfter(position);

    assertEquals(position, history.copiedAfter());
    assertEquals(position, history.copiedThrough());
    assertEquals(7, history.lastSequence());
    assertEquals(0, history.events());
    assertEquals(0, history.bytes());
    assertEquals(List.of(), kept(history, "**"));
    assertEquals(List.of(), kept(history, "a"));
    assertEquals(Optional.empty(), history.sequenceOf("mine"));
    assertEquals(0, history.evictedAfter(filters("a"), 0));
    assertEquals(0, history.evictedAfter(filters("**"), 0));
    for (int sequence = 8; sequence <= 10; sequence++) {
      assertEquals(sequence, append(history, "a", LENGTH, 0).sequence());
    }
    assertEquals(new EventId("life", 10), history.copiedThrough());
    assertEquals(List.of(9L, 10L), kept(history, "a"));
    assertEquals(List.of(9L, 10L), kept(history, "*"));
  }

  @Test
  void copyReachesBackToItsBeginningAndToWhatItHasNotEvicted() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    history.copyAfter(new EventId("life", 7));
    appendTo(history, "a", "a", "a");

    assertFalse(history.reachesBackTo(filters("b"), 6));
    assertTrue(history.reachesBackTo(filters("b"), 7));
    assertFalse(history.reachesBackTo(filters("a"), 7));
    assertFalse(history.reachesBackTo(filters("*"), 7));
    assertTrue(history.reachesBackTo(filters("a"), 8));
    assertTrue(history.reachesBackTo(filters("*"), 8));
  }

  @Test
  void copyKnowsThatItForgotTopics() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    history.copyAfter(new EventId("f", 7));
    for (int i = 0; i < MAX_TOPICS + 1; i++) {
      appendTo(history, "topic/" + i);
    }

    assertForgottenThrough(8, history);
    assertFalse(history.reachesBackTo(filters("none"), 7));
    assertTrue(history.reachesBackTo(filters("none"), 8));
    history.copyAfter(new EventId("g", 0));
    assertTrue(history.reachesBackTo(filters("none"), 0));
    // As many topics again, none of which is forgotten.
    for (int i = 0; i < MAX_TOPICS; i++) {
      appendTo(history, "topic/" + i);
    }
    assertForgottenThrough(0, history);
  }

  // Pages.

  @Test
  void pageHasTheEventsOfAllTopicsInTheirOrder() {
    History history = new History(held.lock, "e", 10, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "b", "other", "b", "a", "a", "b", "other");

    for (Filters both :
        List.of(filters("a", "b"), filters("b", "none", "a"), filters("a", "b", "c/*"))) {
      assertEquals(8, history.read(both, 0, UNLIMITED, batch));
      assertEquals(List.of(1L, 2L, 4L, 5L, 6L, 7L), takeSequences());
      assertEquals(6, history.read(both, 1, 6, batch));
      assertEquals(List.of(2L, 4L, 5L, 6L), takeSequences());
      assertEquals(8, history.read(both, 7, UNLIMITED, batch));
      assertEquals(List.of(), takeSequences());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "*"})
  void pageAfterTheLastEventIsEmpty(String filter) {
    History history = new History(held.lock, "e", 10, UNLIMITED, UNLIMITED);
    assertEquals(0, history.read(filters(filter), 0, UNLIMITED, batch));
    appendTo(history, "a", "a");

    assertEquals(2, history.read(filters(filter), 2, UNLIMITED, batch));
    assertEquals(7, history.read(filters(filter), 7, UNLIMITED, batch));
    assertEquals(1, history.read(filters(filter), 1, 1, batch));
    assertEquals(1, history.read(filters(filter), 1, 0, batch));
    assertTrue(batch.isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "*"})
  void pageEndsWhenTheBatchIsFull(String filter) {
    History history = new History(held.lock, "e", 10, UNLIMITED, UNLIMITED);
    for (int i = 0; i < 3; i++) {
      append(history, "a", 40_000, 0);
      append(history, "x/y", LENGTH, 0);
    }

    assertEquals(3, history.read(filters(filter), 0, UNLIMITED, batch));
    assertEquals(List.of(1L, 3L), takeSequences());
    assertEquals(6, history.read(filters(filter), 3, UNLIMITED, batch));
    assertEquals(List.of(5L), takeSequences());
  }

  /** Else a page could take as long as there are events of others. */
  @Test
  void pageOfAPatternLooksAtABoundedNumberOfEvents() {
    History history = new History(held.lock, "e", 10_000, UNLIMITED, UNLIMITED);
    for (int i = 0; i < 5_000; i++) {
      appendTo(history, "other");
    }
    appendTo(history, "a/b");

    assertEquals(4_096, history.read(filters("a/*"), 0, UNLIMITED, batch));
    assertTrue(batch.isEmpty());
    assertEquals(5_001, history.read(filters("a/*"), 4_096, UNLIMITED, batch));
    assertEquals(List.of(5_001L), takeSequences());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "*"})
  void pageFromWhichAnEventWasEvictedIsRefused(String filter) {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "a", "a", "a");

    assertEquals(History.EVICTED, history.read(filters(filter), 1, UNLIMITED, batch));
    batch.clear();
    assertEquals(4, history.read(filters(filter), 2, UNLIMITED, batch));
    assertEquals(List.of(3L, 4L), takeSequences());
    assertEquals(4, history.readLocked(filters(filter), 0, UNLIMITED, batch));
    assertEquals(List.of(3L, 4L), takeSequences());
    assertEquals(3, history.readLocked(filters(filter), 0, 3, batch));
    assertEquals(List.of(3L), takeSequences());
  }

  /** The event that was evicted last is older than one that was evicted before. */
  @Test
  void pageOfAPatternIsRefusedAfterTheHighestSequenceThatWasEvicted() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "b", "b", "b", "a", "a");

    assertEquals(History.EVICTED, history.read(filters("*"), 1, UNLIMITED, batch));
    batch.clear();
    assertEquals(6, history.read(filters("*"), 2, UNLIMITED, batch));
    assertEquals(List.of(3L, 4L, 5L, 6L), takeSequences());
  }

  /** One thread appends; another reads without the lock the events that are evicted next. */
  @ParameterizedTest
  @ValueSource(strings = {"a,b", "*"})
  void pageThatIsNotRefusedHasNoHoles(String both) throws Exception {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    Filters filters = filters(both.split(","));
    FutureTask<Void> reader = new FutureTask<>(() -> readOldest(history, filters, 100_000), null);
    Thread.ofPlatform().daemon().start(reader);

    for (int i = 0; i < 100_000; i++) {
      append(history, i % 2 == 0 ? "a" : "b", 2 * LENGTH, 0);
    }

    reader.get();
  }

  private static void readOldest(History history, Filters filters, long last) {
    Batch batch = new Batch(new Deflation());
    while (history.lastSequence() < last) {
      long after = Math.max(0, history.lastSequence() - 4);
      long reached = history.read(filters, after, after + 2, batch);
      if (reached != History.EVICTED) {
        List<Long> all = LongStream.rangeClosed(after + 1, reached).boxed().toList();
        assertEquals(all, Frames.sequences(batch));
      }
      batch.clear();
    }
  }

  @Test
  void eventThatWasEvictedOfAnotherTopicDoesNotMatterToAClientOfExactTopics() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "b", "b", "b");

    assertEquals(4, history.read(filters("a", "c"), 0, UNLIMITED, batch));
    assertEquals(List.of(1L), takeSequences());
  }

  /** The page was begun before the eviction, and is checked after it. */
  @Test
  void pageOfExactTopicsThatRacesWithAnEvictionIsRefused() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "b", "a", "b");
    // The reader of a is there when the client's second topic is looked up.
    Filters evictingA =
        new Filters(
            filters("a", "b").list(),
            acting(List.of("a", "b"), 1, () -> appendTo(history, "a")),
            true);

    assertEquals(History.EVICTED, history.read(evictingA, 0, UNLIMITED, batch));
  }

  @Test
  void pageOfExactTopicsThatRacesWithAnEvictionBeforeItIsGiven() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "b", "a", "b");
    Filters evictingA =
        new Filters(
            filters("a", "b").list(),
            acting(List.of("a", "b"), 1, () -> appendTo(history, "a")),
            true);

    assertEquals(4, history.read(evictingA, 1, UNLIMITED, batch));

    assertEquals(List.of(2L, 3L, 4L), takeSequences());
  }

  @Test
  void pageThatRacesWithATopicsEndIsRefused() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "b");
    Runnable forgetB =
        () -> {
          for (int i = 0; i < MAX_TOPICS; i++) {
            appendTo(history, "topic/" + i);
          }
        };
    Filters forgetting =
        new Filters(filters("a", "b").list(), acting(List.of("a", "b"), 1, forgetB), true);

    assertEquals(History.EVICTED, history.read(forgetting, 0, UNLIMITED, batch));
  }

  @Test
  void pageOfAPatternThatRacesWithAnEvictionIsRefused() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "b", "a", "b");
    // The filter is asked for each event, the first time about that of sequence 1.
    Runnable evict = new Once(() -> appendTo(history, "b"));
    Filters evictingB = new Filters(acting(filters("*").list(), 0, evict), List.of("*"), false);

    assertEquals(History.EVICTED, history.read(evictingB, 0, UNLIMITED, batch));
  }

  @Test
  void pageOfAPatternThatRacesWithAnEvictionBeforeItIsGiven() {
    History history = new History(held.lock, "e", 2, UNLIMITED, UNLIMITED);
    appendTo(history, "a", "b", "a", "b");
    Runnable evict = new Once(() -> appendTo(history, "b"));
    Filters evictingB = new Filters(acting(filters("*").list(), 0, evict), List.of("*"), false);

    assertEquals(4, history.read(evictingB, 2, UNLIMITED, batch));

    assertEquals(List.of(3L, 4L), takeSequences());
  }

  /** Returns a list that acts whenever the element at an index is looked at. */
  private static <T> List<T> acting(List<T> list, int index, Runnable action) {
    return new AbstractList<>() {
      @Override
      public T get(int at) {
        if (at == index) {
          action.run();
        }
        return list.get(at);
      }

      @Override
      public int size() {
        return list.size();
      }
    };
  }

  private static final class Once implements Runnable {
    private final Runnable action;
    private boolean done;

    Once(Runnable action) {
      this.action = action;
    }

    @Override
    public void run() {
      if (!done) {
        done = true;
        action.run();
      }
    }
  }

  private static void assertForgottenThrough(long sequence, History history) {
    assertEquals(GapNotice.UNKNOWN, history.evictedAfter(filters("none"), sequence - 1));
    assertEquals(0, history.evictedAfter(filters("none"), sequence));
  }

  private static void appendWithId(History history, String id) {
    Frame frame = history.encode("a", Event.of("x").withId(id));
    history.append("a", frame, 0);
  }

  private static void appendTo(History history, String... topics) {
    for (String topic : topics) {
      append(history, topic, LENGTH, 0);
    }
  }

  /** Appends an event of this length, with its id. */
  private static Frame append(History history, String topic, int length, long now) {
    String id = history.epoch() + "-" + (history.lastSequence() + 1);
    int framing = ("data: \n" + (history.isOn() ? "id: " + id + "\n" : "") + "\n").length();
    Event event = Event.of("x".repeat(length - framing));
    Frame frame = history.encode(topic, event);
    history.append(topic, frame, now);
    assertEquals(length, frame.length());
    return frame;
  }

  private static Filters filters(String... filters) {
    return Filters.of(Arrays.stream(filters).map(TopicFilter::parse).toList());
  }

  /** Returns the sequences of the events that are kept of the topics that the filters select. */
  private List<Long> kept(History history, String... filters) {
    List<Long> kept = new ArrayList<>();
    long reached = 0;
    do {
      reached = history.readLocked(filters(filters), reached, UNLIMITED, batch);
      kept.addAll(takeSequences());
    } while (reached < history.lastSequence());
    return kept;
  }

  private List<Long> takeSequences() {
    List<Long> sequences = Frames.sequences(batch);
    batch.clear();
    return sequences;
  }
}
