package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TopicHistoryTest {
  private final TopicHistory history = new TopicHistory("a/b", 1);

  @Test
  void newHistoryIsEmpty() {
    assertEquals("a/b", history.topic);
    assertEquals(List.of("a", "b"), history.segments);
    assertEquals(0, history.size());
    assertEquals(0, history.bytes());
    assertEquals(0, history.lastSequence());
    assertEquals(0, history.evictedThrough());
    assertEquals(0, history.count(0, Long.MAX_VALUE));
    assertEquals(List.of(), after(0));
    assertNull(history.oldest());
    assertThrows(NoSuchElementException.class, history.frames::firstKey);
    assertThrows(NullPointerException.class, () -> history.evict(1L));
  }

  @Test
  void oldestEventIsEvictedFirst() {
    Frame frame = Frames.event(3, 10);
    history.add(3L, frame);
    history.add(5L, Frames.event(5, 7));
    assertSame(history, frame.topic());
    assertSame(frame, history.oldest());
    assertEquals(3, history.frames.firstKey());
    assertEquals(2, history.size());
    assertEquals(17, history.bytes());
    assertEquals(5, history.lastSequence());

    assertSame(frame, history.evict(3L));

    assertEquals(5, history.frames.firstKey());
    assertEquals(1, history.size());
    assertEquals(7, history.bytes());
    assertEquals(3, history.evictedThrough());
    assertEquals(5, history.lastSequence());
    assertEquals(5, history.evict(5L).sequence());
    assertNull(history.oldest());
    assertEquals(0, history.size());
    assertEquals(0, history.bytes());
    assertEquals(5, history.evictedThrough());
    assertEquals(5, history.lastSequence());
  }

  @Test
  void eventsAreNumberedInTheirTopic() {
    for (long sequence : new long[] {3, 5, 9}) {
      history.add(sequence, Frames.event(sequence));
    }
    history.evict(3L);
    Frame frame = Frames.event(12);

    history.add(12L, frame);

    assertEquals(4, frame.ordinal());
  }

  @Test
  void evictedEventsAreCountedExactlyForAClientThatHadNone() {
    TopicHistory history = new TopicHistory("a", 3);
    for (long sequence = 3; sequence <= 7; sequence++) {
      history.add(sequence, Frames.event(sequence));
    }
    for (long sequence = 3; sequence <= 5; sequence++) {
      history.evict(sequence);
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
  void iterationReturnsWhatIsThereAllTheTime() {
    add(1, 6);
    Iterator<Frame> events = history.after(2);
    assertEquals(3, events.next().sequence());

    evict(2);
    add(7, 9);

    assertEquals(List.of(4L, 5L, 6L, 7L, 8L, 9L), rest(events));
  }

  /** The check of what was evicted notices it, also if the iterator is at the evicted event. */
  @Test
  void iterationGoesOnAfterEventsThatAreEvicted() {
    add(1, 6);
    Iterator<Frame> events = history.after(0);
    assertEquals(1, events.next().sequence());
    assertEquals(2, events.next().sequence());

    evict(4);

    assertEquals(List.of(3L, 5L, 6L), rest(events));
    assertEquals(4, history.evictedThrough());
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
        history.add(sequence, Frames.event(sequence));
        model.add(sequence);
      } else if (!model.isEmpty()) {
        evictedThrough = model.removeFirst();
        assertEquals(evictedThrough, history.frames.firstKey(), () -> "seed " + seed);
        history.evict(evictedThrough);
      }
      long after = random.nextLong(-1, sequence + 3);
      long through = random.nextLong(-1, sequence + 3);
      List<Long> expected = model.stream().filter(s -> s > after).toList();
      assertEquals(evictedThrough, history.evictedThrough(), () -> "seed " + seed);
      assertEquals(expected, after(after), () -> "seed " + seed);
      assertEquals(
          expected.stream().filter(s -> s <= through).count(),
          history.count(after, through),
          () -> "seed " + seed);
      assertEquals(model.size(), history.size(), () -> "seed " + seed);
      assertEquals(model.size(), history.bytes(), () -> "seed " + seed);
    }
  }

  private void add(long first, long last) {
    for (long sequence = first; sequence <= last; sequence++) {
      history.add(sequence, Frames.event(sequence));
    }
  }

  private void evict(int count) {
    for (int i = 0; i < count; i++) {
      history.evict(history.frames.firstKey());
    }
  }

  private List<Long> after(long sequence) {
    return rest(history.after(sequence));
  }

  private static List<Long> rest(Iterator<Frame> events) {
    List<Long> rest = new ArrayList<>();
    events.forEachRemaining(event -> rest.add(event.sequence()));
    return rest;
  }
}
