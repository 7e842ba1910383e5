package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DroppingQueueTest {
  @RegisterExtension final HeldLock held = new HeldLock();

  private final BrokerCounters counters = new BrokerCounters(held.lock);
  private final DroppingQueue queue = new DroppingQueue(3, 100, counters);

  @AfterEach
  void noCallKeepsTheConsumersEndLocked() {
    assertFalse(queue.consumerEnd.isLocked());
  }

  @Test
  void queueWithRoomDropsNothing() {
    offer(1, 40);
    offer(2, 40);
    offer(3, 20);

    assertEquals(0, counters.dropped());
    assertEquals(List.of("1", "2", "3"), taken());
    assertNull(queue.poll());
  }

  @Test
  void oldestAreDroppedUntilThereIsRoomAndTheirNumberComesFirst() {
    offer(1, 40);
    offer(2, 40);
    offer(3, 1);
    offer(4, 1);
    assertEquals(1, counters.dropped());
    offer(5, 99);
    assertEquals(3, counters.dropped());
    assertEquals(new Lag(2, 100, Duration.ZERO), queue.lag(0));

    assertEquals(List.of("3 missed", "4", "5"), taken());

    assertEquals(new Lag(0, 0, Duration.ZERO), queue.lag(0));
  }

  @Test
  void eventLargerThanTheQueueDropsAllOthers() {
    offer(1, 1);
    offer(2, 1);

    offer(3, 101);

    assertEquals(new Lag(1, 101, Duration.ZERO), queue.lag(0));
    assertEquals(List.of("2 missed", "3"), taken());
    assertEquals(2, counters.dropped());
  }

  /** One gap has one notice: the event after it is not dropped once the notice was taken. */
  @Test
  void noticeIsTakenTogetherWithTheEventAfterIt() {
    offer(1, 1);
    offer(2, 99);
    offer(3, 99);
    assertEquals("2 missed", describe(queue.poll()));
    assertFalse(queue.isEmpty());

    offer(4, 99);
    offer(5, 99);

    assertEquals(List.of("3", "1 missed", "5"), taken());
    assertTrue(queue.isEmpty());
    assertEquals(3, counters.dropped());
  }

  @Test
  void laterGapHasANoticeOfItsOwn() {
    for (int sequence = 1; sequence <= 5; sequence++) {
      offer(sequence, 1);
    }
    assertEquals("2 missed", describe(queue.poll()));
    assertEquals("3", describe(queue.poll()));
    for (int sequence = 6; sequence <= 8; sequence++) {
      offer(sequence, 1);
    }

    assertEquals(List.of("2 missed", "6", "7", "8"), taken());
  }

  @Test
  void framesThatAreNoEventsAreNotDroppedAndDropNothing() {
    Frame comment = EventStreamEncoder.comment();
    Frame notice = new GapNotice(GapNotice.UNKNOWN, GapReason.UNKNOWN_ID);
    assertTrue(queue.offer(comment));
    assertTrue(queue.offer(notice));
    for (int sequence = 1; sequence <= 4; sequence++) {
      offer(sequence, 1);
    }
    assertTrue(queue.offer(Frame.HEARTBEAT));
    assertTrue(queue.offer(Frame.END));
    assertEquals(1, counters.dropped());

    assertSame(comment, queue.poll());
    assertSame(notice, queue.poll());
    assertEquals("1 missed", describe(queue.poll()));
    for (int sequence = 2; sequence <= 4; sequence++) {
      assertEquals("" + sequence, describe(queue.poll()));
    }
    assertSame(Frame.HEARTBEAT, queue.poll());
    assertFalse(queue.isEmpty());
    assertSame(Frame.END, queue.poll());
    assertTrue(queue.isEmpty());
  }

  /** The writer must not stop before it has taken the frames that were removed. */
  @Test
  void queueWithARemovedFrameIsNotEmpty() {
    DroppingQueue queue = new DroppingQueue(1, 100, counters);
    assertTrue(queue.offer(Frame.HEARTBEAT));
    assertTrue(queue.offer(Frames.event(1)));
    assertTrue(queue.offer(Frames.event(2)));

    assertSame(Frame.HEARTBEAT, queue.poll());
    assertFalse(queue.isEmpty());
    assertEquals("1 missed", describe(queue.poll()));
    assertEquals(0, queue.size());
    assertFalse(queue.isEmpty());
    assertEquals("2", describe(queue.poll()));
    assertTrue(queue.isEmpty());
  }

  @Test
  void takeReturnsTheNoticeAsWell() throws Exception {
    for (int sequence = 1; sequence <= 4; sequence++) {
      offer(sequence, 1);
    }

    assertEquals("1 missed", describe(queue.take()));
    assertEquals("2", describe(queue.take()));
  }

  @Test
  void everyEventIsTakenOrCountedInANotice() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    long offered = 0;
    long accounted = 0;
    for (int step = 0; step < 10_000; step++) {
      if (random.nextInt(100) < (step / 100 % 2 == 0 ? 70 : 30)) {
        offer(++offered, 1 + random.nextInt(60));
      } else {
        accounted = account(queue.poll(), accounted, seed);
      }
      assertTrue(queue.events() <= 3, () -> "seed " + seed);
      assertTrue(queue.bytes() <= 100, () -> "seed " + seed);
    }
    for (Frame frame = queue.poll(); frame != null; frame = queue.poll()) {
      accounted = account(frame, accounted, seed);
    }
    assertEquals(offered, accounted, () -> "seed " + seed);
  }

  private static long account(@Nullable Frame frame, long before, long seed) {
    if (frame == null) {
      return before;
    }
    if (frame instanceof GapNotice notice) {
      assertEquals(GapReason.OVERFLOW, notice.reason);
      assertTrue(notice.missed > 0);
      return before + notice.missed;
    }
    assertEquals(before + 1, frame.sequence(), () -> "seed " + seed);
    return before + 1;
  }

  @Test
  void everyEventIsTakenOrCountedWhileAnotherThreadOffers() throws Exception {
    int events = 20_000;
    Future<Long> taken =
        Stage.async(() -> {
          long accounted = 0;
          for (Frame frame = queue.take(); frame != Frame.END; frame = queue.take()) {
            accounted = account(frame, accounted, 0);
          }
          return accounted;
        });

    for (int sequence = 1; sequence <= events; sequence++) {
      offer(sequence, 1);
    }
    assertTrue(queue.offer(Frame.END));

    assertEquals(events, Stage.await(taken));
  }

  private void offer(long sequence, int length) {
    assertTrue(queue.offer(Frames.event(sequence, length)));
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
      assertEquals(GapReason.OVERFLOW, notice.reason);
      return notice.missed + " missed";
    }
    return frame == null ? "none" : Long.toString(frame.sequence());
  }
}
