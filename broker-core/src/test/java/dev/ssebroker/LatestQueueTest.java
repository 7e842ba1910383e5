package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatestQueueTest {
  private static final byte[] ID_PREFIX = EventStreamEncoder.idPrefix("e");
  private static final int MANY_BYTES = 1 << 20;

  /** The length of an event whose data has two characters. */
  private static final int LENGTH = "data: x1\nid: e-1\n\n".length();

  @RegisterExtension final HeldLock held = new HeldLock();

  private final BrokerCounters counters = new BrokerCounters(held.lock);
  private LatestQueue queue = new LatestQueue(3, MANY_BYTES, counters);
  private long sequence;

  @AfterEach
  void noCallKeepsTheConsumersEndLocked() {
    assertFalse(queue.consumerEnd.isLocked());
  }

  @Test
  void newerEventOfAKeyReplacesTheOlderAndHasNoId() {
    offer("a1", "b1", "a2");

    assertEquals(List.of("a2", "b1 e-2"), taken());
    assertEquals(0, counters.dropped());
  }

  @Test
  void newestEventKeepsItsIdWhenItReplacesTheNewest() {
    offer("a1", "b1", "b2");

    assertEquals(List.of("a1 e-1", "b2 e-3"), taken());
  }

  @Test
  void eventIsReplacedAgainAndAgain() {
    offer("a1", "b1", "a2", "a3", "b2", "a4");

    assertEquals(List.of("a4", "b2 e-5"), taken());
  }

  @Test
  void replacementOfAnEventWithThePublishersIdHasNone() {
    offer("a1");
    offer("b1");
    assertTrue(queue.offer(frame(Event.of("a2").withKey("a").withId("own"))));

    assertEquals(List.of("a2", "b1 e-2"), taken());
  }

  /** A marker may follow the newest event. */
  @Test
  void replacementBeforeAMarkerHasNoId() {
    offer("a1");
    assertTrue(queue.offer(Frame.HEARTBEAT));
    offer("a2");

    assertEquals(List.of("a2", ":"), taken());
  }

  @Test
  void eventThatWasTakenIsNotReplaced() {
    offer("a1");
    assertEquals(List.of("a1 e-1"), taken());

    offer("a2");

    assertEquals(List.of("a2 e-2"), taken());
  }

  @Test
  void eventThatWasTakenWithItsNoticeIsNotReplaced() {
    offer("a1", "b1", "c1", "d1");
    assertEquals("1 missed", describe(queue.poll()));

    offer("b2");

    assertEquals(List.of("b1 e-2", "c1 e-3", "d1 e-4", "b2 e-5"), taken());
  }

  @Test
  void eventsWithoutAKeyReplaceNothing() {
    for (int i = 1; i <= 4; i++) {
      assertTrue(queue.offer(frame(Event.of("x" + i))));
    }

    assertEquals(List.of("1 missed", "x2 e-2", "x3 e-3", "x4 e-4"), taken());
  }

  @Test
  void fullQueueDropsTheOldestForANewKey() {
    offer("a1", "b1", "c1");

    offer("d1");
    assertEquals(1, counters.dropped());
    offer("a2");
    assertEquals(2, counters.dropped());
    assertTrue(queue.offer(frame(Event.of("none"))));
    assertEquals(3, counters.dropped());

    assertEquals(List.of("3 missed", "d1 e-4", "a2 e-5", "none e-6"), taken());
  }

  @Test
  void replacementMayTakeAllTheRoomOfTheOlder() {
    queue = new LatestQueue(10, 3L * LENGTH, counters);

    offer("a1", "b1", "c1", "c2");

    assertEquals(List.of("a1 e-1", "b1 e-2", "c2 e-4"), taken());
    assertEquals(0, counters.dropped());
  }

  @Test
  void onlyEventIsReplacedByOneOfAnySize() {
    queue = new LatestQueue(10, 10, counters);
    offer("a1");

    offer("a" + "2".repeat(1000));

    assertEquals(List.of("a" + "2".repeat(1000) + " e-2"), taken());
    assertEquals(0, counters.dropped());
  }

  /** The older event is not dropped: the client misses only those before it. */
  @Test
  void queueIsDroppedThroughAnEventThatHasNoRoomToGrow() {
    queue = new LatestQueue(10, 4L * LENGTH + 4, counters);
    offer("a1", "b1", "c1", "d1");

    offer("c" + "2".repeat(14));

    assertEquals(2, counters.dropped());
    assertEquals(3L * LENGTH + 13 - LENGTH, queue.bytes());
    offer("a2");
    assertEquals(List.of("2 missed", "d1 e-4", "c22222222222222 e-5", "a2 e-6"), taken());
  }

  @Test
  void oldestEventThatHasNoRoomToGrowIsNotDroppedItself() {
    queue = new LatestQueue(10, 2L * LENGTH + 4, counters);
    offer("a1", "b1");

    offer("a" + "2".repeat(14));

    assertEquals(List.of("1 missed", "a22222222222222 e-3"), taken());
    assertEquals(1, counters.dropped());
  }

  @Test
  void eventThatHadNoRoomToGrowIsReplacedWhereItIsNow() {
    queue = new LatestQueue(10, 4L * LENGTH + 4, counters);
    offer("a1", "b1", "c1", "d1", "c" + "2".repeat(14));

    offer("d2", "c3");

    assertEquals(List.of("2 missed", "d2", "c3 e-7"), taken());
  }

  @Test
  void frameThatIsNoEventIsKeptWhenTheQueueIsDroppedThroughIt() {
    queue = new LatestQueue(10, 2L * LENGTH + 4, counters);
    assertTrue(queue.offer(EventStreamEncoder.comment()));
    offer("a1", "b1");

    offer("b" + "2".repeat(6));

    assertEquals(List.of(":", "1 missed", "b222222 e-3"), taken());
  }

  @Test
  void lagIsThatOfTheOldestEvent() {
    assertTrue(queue.offer(frame(Event.of("a1").withKey("a"), 100)));
    assertTrue(queue.offer(frame(Event.of("b1").withKey("b"), 200)));

    assertEquals(new Lag(2, 2L * LENGTH, Duration.ofNanos(300)), queue.lag(400));
  }

  @Test
  void eventThatReplacedAnotherIsNotTheOldest() {
    assertTrue(queue.offer(frame(Event.of("a1").withKey("a"), 100)));
    assertTrue(queue.offer(frame(Event.of("b1"), 200)));
    assertTrue(queue.offer(frame(Event.of("a2").withKey("a"), 300)));

    assertEquals(Duration.ofNanos(200), queue.lag(400).age());
  }

  @Test
  void oldestEventIsFoundAnywhereInALongQueue() {
    queue = new LatestQueue(100, MANY_BYTES, counters);
    for (int i = 0; i < 20; i++) {
      assertTrue(queue.offer(frame(Event.of("x").withKey("" + i), 100 + i)));
    }
    assertTrue(queue.offer(Frame.HEARTBEAT));
    for (int i = 0; i < 19; i++) {
      assertTrue(queue.offer(frame(Event.of("y").withKey("" + i), 300)));
    }

    assertEquals(Duration.ofNanos(400 - 119), queue.lag(400).age());
    for (int i = 0; i < 18; i++) {
      assertEquals("y", describe(queue.poll()));
    }
    assertEquals(Duration.ofNanos(400 - 119), queue.lag(400).age());
    List<String> rest = taken();
    assertEquals(3, rest.size());
    assertEquals(Duration.ZERO, queue.lag(400).age());
  }

  @Test
  void lagOfMarkersIsZero() {
    assertTrue(queue.offer(Frame.HEARTBEAT));

    assertEquals(new Lag(0, 0, Duration.ZERO), queue.lag(400));
  }

  /** Eight keys; with room for all of them, nothing is dropped. */
  @ParameterizedTest
  @ValueSource(ints = {5, 8})
  void eachEventIsTakenReplacedOrDropped(int bound) {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    queue = new LatestQueue(bound, bound == 8 ? MANY_BYTES : 7L * LENGTH, counters);
    Map<String, Long> latest = new HashMap<>();
    Map<String, Long> taken = new HashMap<>();
    long missed = 0;
    for (int step = 0; step < 10_000; step++) {
      if (random.nextInt(100) < (step / 100 % 2 == 0 ? 80 : 30)) {
        String key = Character.toString('a' + random.nextInt(8));
        offer(key + "1".repeat(1 + random.nextInt(30)));
        latest.put("t " + key, sequence);
      } else {
        missed += account(queue.poll(), latest, taken, seed);
      }
      assertTrue(queue.events() <= bound, () -> "seed " + seed);
    }
    for (Frame frame = queue.poll(); frame != null; frame = queue.poll()) {
      missed += account(frame, latest, taken, seed);
    }
    assertEquals(counters.dropped(), missed, () -> "seed " + seed);
    assertEquals(bound < 8, missed > 0, () -> "seed " + seed);
    if (missed == 0) {
      assertEquals(latest, taken, () -> "seed " + seed);
    }
    assertEquals(0, queue.events());
    assertEquals(0, queue.bytes());
  }

  private static long account(
      @Nullable Frame frame, Map<String, Long> latest, Map<String, Long> taken, long seed) {
    if (frame instanceof GapNotice notice) {
      return notice.missed;
    }
    if (frame != null) {
      String key = Objects.requireNonNull(frame.key());
      Long before = taken.put(key, frame.sequence());
      assertTrue(before == null || before < frame.sequence(), () -> "seed " + seed);
      assertTrue(frame.sequence() <= latest.getOrDefault(key, 0L), () -> "seed " + seed);
    }
    return 0;
  }

  /** Offers events with their first character as their key. */
  private void offer(String... events) {
    for (String data : events) {
      assertTrue(queue.offer(frame(Event.of(data).withKey(data.substring(0, 1)))));
    }
  }

  private Frame frame(Event event) {
    return frame(event, 0);
  }

  private Frame frame(Event event, long publishedNanos) {
    Frame frame = EventStreamEncoder.encode("t", event, ID_PREFIX);
    frame.complete(ID_PREFIX, ++sequence, publishedNanos);
    return frame;
  }

  private List<String> taken() {
    List<String> taken = new ArrayList<>();
    while (!queue.isEmpty()) {
      taken.add(describe(queue.poll()));
    }
    return taken;
  }

  private static String describe(@Nullable Frame frame) {
    if (frame instanceof GapNotice notice) {
      return notice.missed + " missed";
    }
    return frame == null
        ? "none"
        : Frames.text(frame).strip().replace("data: ", "").replace("\nid: ", " ");
  }
}
