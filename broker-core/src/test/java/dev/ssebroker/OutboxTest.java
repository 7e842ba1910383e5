package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {
  private static final int BATCH_BYTES = 64 * 1024;
  private static final int MANY_BYTES = 1 << 20;
  private static final byte[] NO_ID = {};

  private final Outbox outbox = new Outbox(3, MANY_BYTES);
  private final Batch batch = new Batch();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100})
  void outboxHoldsExactlyItsBound(int bound) {
    Outbox outbox = new Outbox(bound, MANY_BYTES);

    for (int i = 0; i < bound; i++) {
      assertTrue(outbox.hasRoomFor(frame("x")));
      assertTrue(outbox.offer(frame("x")));
    }

    assertFalse(outbox.hasRoomFor(frame("x")));
    assertFalse(outbox.offer(frame("x")));
    assertFalse(outbox.offer(frame("x")));
  }

  @Test
  void outboxHoldsExactlyItsBytes() throws Exception {
    Outbox outbox = new Outbox(100, 10);

    assertTrue(outbox.offer(frame("12345")));
    assertFalse(outbox.offer(frame("123456")));
    assertTrue(outbox.offer(frame("67890")));
    assertFalse(outbox.offer(frame("1")));

    assertEquals(10, outbox.lag(0).bytes());
    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("1234567890", text());
    assertEquals(new Lag(0, 0, Duration.ZERO), outbox.lag(0));
    assertTrue(outbox.offer(frame("1234567890")));
  }

  @Test
  void emptyOutboxTakesAFrameOfAnySize() {
    Outbox outbox = new Outbox(100, 10);

    assertTrue(outbox.hasRoomFor(frame("x".repeat(1000))));
    assertTrue(outbox.offer(frame("x".repeat(1000))));
    assertFalse(outbox.offer(frame("")));
  }

  @Test
  void roomIsLookedForAtTheFramesFullLength() {
    Outbox outbox = new Outbox(100, 1024);
    assertTrue(outbox.offer(frame("x".repeat(1000))));
    Frame frame = EventStreamEncoder.encode("t", Event.of("1234567890"), NO_ID);

    assertEquals(24 - 7, frame.length());
    assertFalse(outbox.hasRoomFor(frame));
  }

  @Test
  void takeEmptiesTheOutboxInOneGo() throws Exception {
    offer("a", "b", "c");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertEquals("abc", text());
    offer("d", "e", "f");
  }

  @Test
  void takeStopsWhenTheBatchIsLargeEnough() throws Exception {
    offer("a".repeat(BATCH_BYTES - 1), "b", "c");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals(BATCH_BYTES, batch.length());
    batch.clear();
    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("c", text());
  }

  @Test
  void frameLargerThanABatchIsTakenWhole() throws Exception {
    offer("a".repeat(3 * BATCH_BYTES), "b");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertEquals(3 * BATCH_BYTES, batch.length());
  }

  @Test
  void takeWaitsForAFrame() throws Exception {
    Future<Outbox.Taken> taken = takeAndWait();

    offer("a");

    assertEquals(Outbox.Taken.FRAMES, Stage.await(taken));
    assertEquals("a", text());
  }

  @Test
  void endComesBehindWhatIsQueued() throws Exception {
    offer("a", "b", "c");
    outbox.end();

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("abc", text());
    batch.clear();
    assertEquals(Outbox.Taken.END, outbox.take(batch));
    assertTrue(batch.isEmpty());
  }

  @Test
  void takeWaitsForTheEnd() throws Exception {
    Future<Outbox.Taken> taken = takeAndWait();

    outbox.end();

    assertEquals(Outbox.Taken.END, Stage.await(taken));
  }

  @Test
  void historyComesBehindWhatIsQueuedAndBeforeTheEnd() throws Exception {
    offer("a");
    outbox.fallBehind();
    outbox.end();

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("a", text());
    batch.clear();
    assertEquals(Outbox.Taken.BEHIND, outbox.take(batch));
    assertEquals(Outbox.Taken.BEHIND, outbox.take(batch));
    outbox.level();
    assertEquals(Outbox.Taken.END, outbox.take(batch));
  }

  @Test
  void takeWaitsForTheHistory() throws Exception {
    Future<Outbox.Taken> taken = takeAndWait();

    outbox.fallBehind();

    assertEquals(Outbox.Taken.BEHIND, Stage.await(taken));
  }

  @Test
  void cutDiscardsEverything() throws Exception {
    outbox.startWith(new Batch.Gap(1, GapReason.OVERFLOW));
    offer("a", "b", "c");
    outbox.fallBehind();
    outbox.end();
    outbox.cut();

    assertEquals(Outbox.Taken.END, outbox.take(batch));

    assertTrue(batch.isEmpty());
    assertEquals(new Lag(0, 0, Duration.ZERO), outbox.lag(0));
  }

  @Test
  void heartbeatIsACommentThatIsTakenOnce() throws Exception {
    outbox.beat();
    outbox.beat();

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals(":\n\n", text());
    batch.clear();
    outbox.end();
    assertEquals(Outbox.Taken.END, outbox.take(batch));
  }

  @Test
  void heartbeatIsLeftOutIfThereIsSomethingElse() throws Exception {
    outbox.beat();
    offer("a");
    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("a", text());
    batch.clear();

    Future<Outbox.Taken> next = takeAndWait();
    offer("b");

    assertEquals(Outbox.Taken.FRAMES, Stage.await(next));
    assertEquals("b", text());
  }

  @Test
  void takeWaitsForAHeartbeat() throws Exception {
    Future<Outbox.Taken> taken = takeAndWait();

    outbox.beat();

    assertEquals(Outbox.Taken.FRAMES, Stage.await(taken));
    assertEquals(":\n\n", text());
  }

  @Test
  void oldestAreDroppedUntilThereIsRoomAndTheirNumberIsToldFirst() throws Exception {
    Outbox outbox = new Outbox(3, 100);
    assertEquals(0, outbox.offerDroppingOldest(frame("a".repeat(40))));
    assertEquals(0, outbox.offerDroppingOldest(frame("b".repeat(40))));
    assertEquals(0, outbox.offerDroppingOldest(frame("c")));
    assertEquals(1, outbox.offerDroppingOldest(frame("d")));
    assertEquals(2, outbox.offerDroppingOldest(frame("e".repeat(99))));
    assertEquals(new Lag(2, 100, Duration.ZERO), outbox.lag(0));

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertEquals(new Batch.Gap(3, GapReason.OVERFLOW), batch.gap());
    assertEquals(
        "event: gap\ndata: {\"missed\":3,\"reason\":\"overflow\"}\n\nd" + "e".repeat(99), text());
  }

  @Test
  void frameThatFitsNowhereDropsAllOthers() throws Exception {
    Outbox outbox = new Outbox(3, 10);
    assertTrue(outbox.offer(frame("a")));
    assertTrue(outbox.offer(frame("b")));

    assertEquals(2, outbox.offerDroppingOldest(frame("c".repeat(11))));

    assertEquals(new Lag(1, 11, Duration.ZERO), outbox.lag(0));
  }

  @Test
  void noticeOfAnUnknownNumberStaysUnknown() throws Exception {
    outbox.startWith(new Batch.Gap(-1, GapReason.UNKNOWN_ID));
    offer("a", "b", "c");
    assertEquals(1, outbox.offerDroppingOldest(frame("d")));

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertEquals("event: gap\ndata: {\"missed\":null,\"reason\":\"unknown-id\"}\n\nbcd", text());
  }

  @Test
  void lagIsThatOfTheOldest() {
    assertTrue(outbox.offer(frame("a", 100)));
    assertTrue(outbox.offer(frame("b", 200)));

    assertEquals(new Lag(2, 2, Duration.ofNanos(300)), outbox.lag(400));
  }

  @Test
  void frameThatWasReplacedIsNotTheOldest() {
    outbox.offerLatest(keyed("a", 100));
    outbox.offerLatest(keyed("b", 200));
    outbox.offerLatest(keyed("a", 300));

    assertEquals(Duration.ofNanos(200), outbox.lag(400).age());
  }

  /** Begins to take on another thread, and returns when that has to wait, or has not. */
  private Future<Outbox.Taken> takeAndWait() {
    FutureTask<Outbox.Taken> task = new FutureTask<>(() -> outbox.take(batch));
    Thread taker = Thread.ofPlatform().daemon().start(task);
    while (!task.isDone() && taker.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    return task;
  }

  private void offer(String... frames) {
    for (String frame : frames) {
      assertTrue(outbox.offer(frame(frame)));
    }
  }

  private static Frame frame(String text) {
    return Frame.unnumbered(text.getBytes(UTF_8));
  }

  private static Frame frame(String text, long now) {
    byte[] bytes = (text + "\n").getBytes(UTF_8);
    Frame frame = new Frame(bytes, text.length() - 1, null, null);
    frame.complete(NO_ID, 1, now);
    return frame;
  }

  private static Frame keyed(String key, long now) {
    Frame frame = EventStreamEncoder.encode("t", Event.of("x").withKey(key), NO_ID);
    frame.complete(NO_ID, 1, now);
    return frame;
  }

  private String text() {
    return new String(batch.toByteArray(), UTF_8);
  }
}
