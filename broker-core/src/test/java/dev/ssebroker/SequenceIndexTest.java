package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SequenceIndexTest {
  private static final int NO_LIMIT = Integer.MAX_VALUE;

  private final SequenceIndex index = new SequenceIndex();
  private final NavigableMap<Long, Frame> frames = new TreeMap<>();

  @Test
  void emptyIndexVisitsNothing() {
    assertNull(index.oldest());
    assertEquals(new Walk(7, List.of()), visit(0, 7, NO_LIMIT));
  }

  @Test
  void eventsAreVisitedInTheOrderOfTheirSequences() {
    add(1, 100);

    assertEquals(new Walk(100, sequences(1, 100)), visit(0, 100, NO_LIMIT));
  }

  /** A chunk has 32 sequences. */
  @ParameterizedTest
  @CsvSource({"0, 1", "1, 3", "30, 31", "31, 32", "30, 33", "32, 64", "63, 65", "99, 100", "5, 95"})
  void eventsAreVisitedAfterOneSequenceAndUpToAnother(long after, long through) {
    add(1, 100);

    assertEquals(new Walk(through, sequences(after + 1, through)), visit(after, through, NO_LIMIT));
  }

  @Test
  void walkReachesItsEndThoughTheLastEventsAreGone() {
    add(1, 70);
    remove(60, 70);

    assertEquals(new Walk(70, sequences(51, 59)), visit(50, 70, NO_LIMIT));
    assertEquals(new Walk(80, sequences(51, 59)), visit(50, 80, NO_LIMIT));
  }

  @Test
  void removedEventsAreSkipped() {
    add(1, 100);
    remove(2, 2);
    remove(33, 64);

    List<Long> kept = new ArrayList<>(sequences(3, 32));
    kept.addAll(sequences(65, 100));
    assertEquals(new Walk(100, kept), visit(1, 100, NO_LIMIT));
  }

  @Test
  void visitorEndsTheWalkAfterAnEvent() {
    add(1, 100);
    List<Long> visited = new ArrayList<>();

    long reached =
        index.visit(
            10,
            100,
            NO_LIMIT,
            frame -> {
              visited.add(frame.sequence());
              return frame.sequence() < 40;
            });

    assertEquals(40, reached);
    assertEquals(sequences(11, 40), visited);
  }

  /** Sequences without an event count as well: each of them is looked at. */
  @Test
  void walkEndsAtItsLimit() {
    add(1, 100);
    remove(5, 14);

    assertEquals(new Walk(1, List.of(1L)), visit(0, 100, 1));
    assertEquals(new Walk(4, sequences(1, 4)), visit(0, 100, 4));
    assertEquals(new Walk(10, sequences(1, 4)), visit(0, 100, 10));
    assertEquals(new Walk(40, sequences(16, 40)), visit(15, 100, 25));
    assertEquals(new Walk(20, sequences(16, 20)), visit(15, 20, 25));
  }

  @Test
  void oldestEventIsThatWithTheLowestSequence() {
    add(10, 100);
    assertEquals(10, oldest());

    remove(10, 10);
    assertEquals(11, oldest());
    remove(13, 50);
    assertEquals(11, oldest());
    remove(11, 12);
    assertEquals(51, oldest());
    remove(51, 100);
    assertNull(index.oldest());
  }

  @Test
  void chunkIsRemovedWithItsLastEvent() throws Exception {
    add(1, 64);
    assertEquals(3, chunks());

    remove(1, 30);
    assertEquals(3, chunks());
    remove(31, 31);
    assertEquals(2, chunks());
    remove(64, 64);
    assertEquals(1, chunks());
    remove(32, 63);
    assertEquals(0, chunks());
  }

  private int chunks() throws ReflectiveOperationException {
    Field field = SequenceIndex.class.getDeclaredField("chunks");
    field.setAccessible(true);
    return ((Map<?, ?>) field.get(index)).size();
  }

  @Test
  void newestChunkThatWasRemovedIsMadeAnew() {
    add(1, 2);
    remove(1, 2);

    add(3, 4);

    assertEquals(new Walk(4, sequences(3, 4)), visit(0, 4, NO_LIMIT));
    assertEquals(3, oldest());
  }

  /** Its last event is removed while a newer chunk is in use. */
  @Test
  void olderChunkThatWasRemovedLeavesTheNewest() throws Exception {
    add(31, 32);
    remove(31, 31);

    add(33, 33);

    assertEquals(1, chunks());
    assertEquals(new Walk(33, sequences(32, 33)), visit(0, 33, NO_LIMIT));
  }

  @Test
  void clearedIndexIsUsedAgain() {
    add(1, 40);

    index.clear();

    assertNull(index.oldest());
    frames.clear();
    add(33, 40);
    assertEquals(new Walk(40, sequences(33, 40)), visit(0, 40, NO_LIMIT));
    remove(33, 40);
    assertNull(index.oldest());
  }

  @Test
  void eventThatIsNotThereIsNotRemoved() {
    add(1, 2);

    assertEquals(
        "sequence 64 is not in the index",
        assertThrows(IllegalStateException.class, () -> index.remove(Frames.event(64)))
            .getMessage());
  }

  @Test
  void indexBehavesLikeASortedMap() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    long sequence = 0;
    for (int step = 0; step < 10_000; step++) {
      if (frames.isEmpty() || random.nextInt(100) < (step / 500 % 2 == 0 ? 70 : 30)) {
        // Topics share the sequences, and some events are not kept.
        sequence += random.nextInt(20) == 0 ? 1 + random.nextInt(100) : 1;
        add(sequence, sequence);
      } else {
        Long at = frames.floorKey(random.nextLong(frames.firstKey(), frames.lastKey() + 1));
        remove(at, at);
      }
      assertEquals(
          frames.isEmpty() ? null : frames.firstEntry().getValue(),
          index.oldest(),
          () -> "seed " + seed);
      long after = random.nextLong(0, sequence + 1);
      long through = random.nextLong(after, sequence + 2);
      assertEquals(
          new Walk(through, List.copyOf(frames.subMap(after, false, through, true).keySet())),
          visit(after, through, NO_LIMIT),
          () -> "seed " + seed);
    }
  }

  /** Where a walk ended, and what it visited. */
  private record Walk(long reached, List<Long> visited) {}

  private Walk visit(long after, long through, int limit) {
    List<Long> visited = new ArrayList<>();
    long reached =
        index.visit(
            after,
            through,
            limit,
            frame -> {
              visited.add(frame.sequence());
              return true;
            });
    return new Walk(reached, visited);
  }

  private void add(long first, long last) {
    for (long sequence = first; sequence <= last; sequence++) {
      Frame frame = Frames.event(sequence);
      frames.put(sequence, frame);
      index.add(frame);
    }
  }

  private void remove(long first, long last) {
    for (long sequence = first; sequence <= last; sequence++) {
      Frame frame = frames.remove(sequence);
      if (frame != null) {
        index.remove(frame);
      }
    }
  }

  private long oldest() {
    Frame oldest = index.oldest();
    return oldest == null ? 0 : oldest.sequence();
  }

  private static List<Long> sequences(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }
}
