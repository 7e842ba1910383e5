package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicHistoryTest {
  private final TopicHistory history = new TopicHistory("a/b", 1);

  @Test
  void newHistoryIsEmpty() {
    assertEquals("a/b", history.topic());
    assertEquals(List.of("a", "b"), history.segments());
    assertEquals(0, history.size());
    assertEquals(0, history.bytes());
    assertEquals(0, history.lastSequence());
    assertEquals(0, history.evictedThrough());
    assertEquals(0, history.count(0, Long.MAX_VALUE));
    assertEquals(List.of(), after(0));
    assertThrowsWithoutEvents();
  }

  private void assertThrowsWithoutEvents() {
    assertEquals(
        "topic a/b has no events",
        assertThrows(IllegalStateException.class, history::oldest).getMessage());
    assertThrows(IllegalStateException.class, history::evict);
  }

  @Test
  void oldestEventIsEvictedFirst() {
    Frame frame = Frames.event(3, 10);
    history.add(frame);
    history.add(Frames.event(5, 7));
    assertSame(history, frame.topic());
    assertSame(frame, history.oldest());
    assertEquals(2, history.size());
    assertEquals(17, history.bytes());
    assertEquals(5, history.lastSequence());

    assertSame(frame, history.evict());

    assertEquals(5, history.oldest().sequence());
    assertEquals(1, history.size());
    assertEquals(7, history.bytes());
    assertEquals(3, history.evictedThrough());
    assertEquals(5, history.lastSequence());
    assertEquals(5, history.evict().sequence());
    assertThrowsWithoutEvents();
    assertEquals(0, history.bytes());
    assertEquals(5, history.evictedThrough());
    assertEquals(5, history.lastSequence());
  }

  @Test
  void eventsStayInTheirOrderWhenTheHistoryGrows() {
    add(1, 3);
    evict(3);
    add(4, 1003);

    assertEquals(sequences(4, 1003), after(0));
    for (long sequence = 4; sequence <= 1003; sequence++) {
      assertEquals(sequence, history.evict().sequence());
    }
    assertEquals(0, history.size());
  }

  /** The lengths are those around which a long array is given back, and some far from it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 63, 64, 65, 128, 5000})
  void historyThatWasEmptiedIsUsedAgain(int length) {
    for (int round = 0; round < 3; round++) {
      long first = history.lastSequence() + 1;
      add(first, first + length - 1);
      assertEquals(sequences(first, first + length - 1), after(first - 1));

      evict(length);

      assertEquals(0, history.size());
      assertEquals(List.of(), after(first - 1));
    }
  }

  @Test
  void evictedEventsAndALongArrayAreGivenBack() throws Exception {
    add(1, 1000);
    evict(999);
    assertEquals(1, kept());
    assertEquals(1024, slots().length());

    evict(1);
    assertEquals(4, slots().length());
    add(1001, 1064);
    evict(64);
    assertEquals(64, slots().length());
    assertEquals(0, kept());
  }

  private long kept() throws ReflectiveOperationException {
    AtomicReferenceArray<?> slots = slots();
    return IntStream.range(0, slots.length()).filter(i -> slots.get(i) != null).count();
  }

  private AtomicReferenceArray<?> slots() throws ReflectiveOperationException {
    Field field = TopicHistory.class.getDeclaredField("slots");
    field.setAccessible(true);
    return (AtomicReferenceArray<?>) field.get(history);
  }

  @Test
  void evictedEventsAreCountedExactlyForAClientThatHadNone() {
    TopicHistory history = new TopicHistory("a", 3);
    for (int sequence = 3; sequence <= 7; sequence++) {
      history.add(Frames.event(sequence));
    }
    for (int evicted = 0; evicted < 3; evicted++) {
      history.evict();
    }

    assertEquals(3, history.evictedAfter(0));
    assertEquals(3, history.evictedAfter(2));
    assertEquals(GapNotice.UNKNOWN, history.evictedAfter(3));
    assertEquals(GapNotice.UNKNOWN, history.evictedAfter(4));
    assertEquals(0, history.evictedAfter(5));
    assertEquals(0, history.evictedAfter(7));
  }

  @Test
  void nothingIsEvictedAfterAnySequenceOfAWholeHistory() {
    add(1, 3);

    assertEquals(0, history.evictedAfter(0));
    assertEquals(0, history.evictedAfter(3));
  }

  @Test
  void keptEventsAreCountedBetweenTwoSequences() {
    add(3, 7);
    evict(3);

    assertEquals(2, history.count(0, Long.MAX_VALUE));
    assertEquals(2, history.count(5, 7));
    assertEquals(1, history.count(5, 6));
    assertEquals(1, history.count(6, 7));
    assertEquals(0, history.count(7, 7));
    assertEquals(0, history.count(0, 5));
    assertEquals(0, history.count(7, 5));
  }

  @Test
  void readerWalksOverTheEventsThatWereThereWhenItBegan() {
    add(1, 4);
    TopicHistory.Reader reader = history.readAfter(2);
    add(5, 20);

    assertEquals(List.of(3L, 4L), rest(reader));
    assertNull(reader.peek());
    reader.advance();
    assertNull(reader.peek());
    assertTrue(reader.isComplete());
  }

  @Test
  void readerIsCompleteIfOnlyEventsBeforeItWereEvicted() {
    add(1, 4);
    TopicHistory.Reader reader = history.readAfter(2);

    evict(2);
    assertTrue(reader.isComplete());
    evict(1);

    assertFalse(reader.isComplete());
  }

  @Test
  void readerOfAnEvictedEventIsIncompleteFromTheBeginning() {
    add(1, 4);
    evict(2);

    assertFalse(history.readAfter(0).isComplete());
    assertFalse(history.readAfter(1).isComplete());
    assertTrue(history.readAfter(2).isComplete());
    evict(2);
    assertFalse(history.readAfter(3).isComplete());
    assertTrue(history.readAfter(4).isComplete());
  }

  /** It has the frame that it has looked at, and finds none where one was evicted. */
  @Test
  void readerFindsNoFrameThatWasEvicted() {
    add(1, 4);
    TopicHistory.Reader reader = history.readAfter(0);

    evict(3);

    Frame first = reader.peek();
    assertNotNull(first);
    assertEquals(1, first.sequence());
    reader.advance();
    assertNull(reader.peek());
    assertFalse(reader.isComplete());
  }

  /** The slot of the evicted frame is that of a newer one. */
  @Test
  void readerIsIncompleteIfASlotWasUsedAgain() {
    add(1, 4);
    TopicHistory.Reader reader = history.readAfter(0);
    evict(1);
    add(5, 5);

    assertFalse(reader.isComplete());
  }

  @Test
  void readerKeepsTheArrayThatItReads() {
    add(1, 100);
    TopicHistory.Reader reader = history.readAfter(90);

    add(101, 1000);

    assertEquals(sequences(91, 100), rest(reader));
    assertTrue(reader.isComplete());
  }

  @Test
  void historyBehavesLikeAList() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<Long> model = new ArrayList<>();
    long evictedThrough = 0;
    long sequence = 0;
    for (int step = 0; step < 8_000; step++) {
      // Grows for a while, then shrinks for a while.
      if (random.nextInt(100) < (step / 400 % 2 == 0 ? 70 : 30)) {
        sequence += 1 + random.nextInt(5);
        history.add(Frames.event(sequence));
        model.add(sequence);
      } else if (!model.isEmpty()) {
        evictedThrough = model.removeFirst();
        assertEquals(evictedThrough, history.evict().sequence(), () -> "seed " + seed);
      }
      long after = random.nextLong(-1, sequence + 3);
      long through = random.nextLong(-1, sequence + 3);
      List<Long> expected = model.stream().filter(s -> s > after).toList();
      TopicHistory.Reader reader = history.readAfter(after);
      assertEquals(evictedThrough <= after, reader.isComplete(), () -> "seed " + seed);
      assertEquals(expected, rest(reader), () -> "seed " + seed);
      assertEquals(
          expected.stream().filter(s -> s <= through).count(),
          history.count(after, through),
          () -> "seed " + seed);
      assertEquals(model.size(), history.size(), () -> "seed " + seed);
      assertEquals(model.size(), history.bytes(), () -> "seed " + seed);
    }
  }

  @Test
  void topicsAreLinkedInTheOrderOfPublication() {
    TopicHistory first = new TopicHistory("1", 1);
    TopicHistory second = new TopicHistory("2", 2);
    TopicHistory third = new TopicHistory("3", 3);
    first.linkAfter(null);
    second.linkAfter(first);
    third.linkAfter(second);
    assertLinked(first, second, third);

    second.unlink();
    assertLinked(first, third);
    assertLinked(second);
    second.linkAfter(third);
    assertLinked(first, third, second);

    first.unlink();
    assertLinked(third, second);
    second.unlink();
    assertLinked(third);
  }

  private static void assertLinked(TopicHistory... topics) {
    for (int i = 0; i < topics.length; i++) {
      assertSame(i == 0 ? null : topics[i - 1], topics[i].older());
      assertSame(i == topics.length - 1 ? null : topics[i + 1], topics[i].newer());
    }
  }

  private void add(long first, long last) {
    for (long sequence = first; sequence <= last; sequence++) {
      history.add(Frames.event(sequence));
    }
  }

  private void evict(int count) {
    for (int i = 0; i < count; i++) {
      history.evict();
    }
  }

  private List<Long> after(long sequence) {
    return rest(history.readAfter(sequence));
  }

  private static List<Long> rest(TopicHistory.Reader reader) {
    List<Long> rest = new ArrayList<>();
    Frame frame = reader.peek();
    while (frame != null) {
      rest.add(frame.sequence());
      reader.advance();
      frame = reader.peek();
    }
    return rest;
  }

  private static List<Long> sequences(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }
}
