package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {
  private static final int BATCH_BYTES = 64 * 1024;
  private static final int MANY_BYTES = 1 << 20;
  private static final byte[] NO_ID = {};

  private final Outbox outbox = outbox(3, MANY_BYTES);
  private final Batch batch = new Batch();

  /** How often a writer was to be started. */
  private int starts;

  private long sequence;

  private Outbox outbox(int maxEvents, long maxBytes) {
    return new Outbox(maxEvents, maxBytes, () -> starts++);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100})
  void outboxHoldsExactlyItsBound(int bound) {
    Outbox outbox = outbox(bound, MANY_BYTES);

    for (int i = 0; i < bound; i++) {
      assertTrue(outbox.hasRoomFor(frame("x")));
      assertTrue(outbox.offer(frame("x")));
    }

    assertFalse(outbox.hasRoomFor(frame("x")));
    assertFalse(outbox.offer(frame("x")));
    assertFalse(outbox.offer(frame("x")));
  }

  @Test
  void outboxHoldsExactlyItsBytes() {
    Outbox outbox = outbox(100, 10);

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
    Outbox outbox = outbox(100, 10);

    assertTrue(outbox.hasRoomFor(frame("x".repeat(1000))));
    assertTrue(outbox.offer(frame("x".repeat(1000))));
    assertFalse(outbox.offer(frame("")));
  }

  @Test
  void roomIsLookedForAtTheFramesFullLength() {
    Outbox outbox = outbox(100, 1024);
    assertTrue(outbox.offer(frame("x".repeat(1000))));
    Frame frame = EventStreamEncoder.encode("t", Event.of("1234567890"), NO_ID);

    assertEquals(24 - 7, frame.length());
    assertFalse(outbox.hasRoomFor(frame));
  }

  @Test
  void takeEmptiesTheOutboxInOneGo() {
    offer("a", "b", "c");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertEquals("abc", text());
    offer("d", "e", "f");
  }

  @Test
  void takeStopsWhenTheBatchIsLargeEnough() {
    offer("a".repeat(BATCH_BYTES - 1), "b", "c");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals(BATCH_BYTES, batch.length());
    batch.clear();
    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("c", text());
  }

  @Test
  void frameLargerThanABatchIsTakenWhole() {
    offer("a".repeat(3 * BATCH_BYTES), "b");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertEquals(3 * BATCH_BYTES, batch.length());
  }

  @Test
  void writerIsStartedOnceForWhatComesWhileItRests() {
    assertEquals(Outbox.Taken.NOTHING, outbox.take(batch));

    offer("a");
    assertEquals(1, starts);
    offer("b");
    outbox.beat();
    outbox.fallBehind();
    outbox.end();

    assertEquals(1, starts);
    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("ab", text());
  }

  @Test
  void writerIsNotStartedWhileItWorks() {
    offer("a");
    outbox.beat();

    assertEquals(0, starts);
    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    offer("b");
    assertEquals(0, starts);
  }

  static Stream<Named<Consumer<Outbox>>> reasonsToStart() {
    return Stream.of(
        Named.of("offer", outbox -> outbox.offer(frame("a"))),
        Named.of("offerDroppingOldest", outbox -> outbox.offerDroppingOldest(frame("a"))),
        Named.of("offerLatest", outbox -> outbox.offerLatest(keyed("a", 1))),
        Named.of("fallBehind", Outbox::fallBehind),
        Named.of("readOn", Outbox::readOn),
        Named.of("beat", Outbox::beat),
        Named.of("end", Outbox::end),
        Named.of("cut", Outbox::cut));
  }

  @ParameterizedTest
  @MethodSource("reasonsToStart")
  void writerIsStartedWheneverThereIsSomethingForIt(Consumer<Outbox> reason) {
    for (int i = 1; i <= 2; i++) {
      assertEquals(Outbox.Taken.NOTHING, outbox.take(batch));

      reason.accept(outbox);

      assertEquals(i, starts);
      Outbox.Taken taken = outbox.take(batch);
      assertNotEquals(Outbox.Taken.NOTHING, taken);
      batch.clear();
      outbox.level();
      if (taken == Outbox.Taken.END) {
        return;
      }
    }
  }

  @Test
  void endComesBehindWhatIsQueued() {
    offer("a", "b", "c");
    outbox.end();

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("abc", text());
    batch.clear();
    assertEquals(Outbox.Taken.END, outbox.take(batch));
    assertTrue(batch.isEmpty());
  }

  @Test
  void historyComesBehindWhatIsQueuedAndBeforeTheEnd() {
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
  void cutDiscardsEverything() {
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
  void heartbeatIsACommentThatIsTakenOnce() {
    outbox.beat();
    outbox.beat();

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals(":\n\n", text());
    batch.clear();
    outbox.end();
    assertEquals(Outbox.Taken.END, outbox.take(batch));
  }

  @Test
  void heartbeatIsLeftOutIfThereIsSomethingElse() {
    outbox.beat();
    offer("a");
    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("a", text());
    batch.clear();

    assertEquals(Outbox.Taken.NOTHING, outbox.take(batch));
    offer("b");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("b", text());
  }

  @Test
  void oldestAreDroppedUntilThereIsRoomAndTheirNumberIsToldFirst() {
    Outbox outbox = outbox(3, 100);
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
  void frameThatFitsNowhereDropsAllOthers() {
    Outbox outbox = outbox(3, 10);
    assertTrue(outbox.offer(frame("a")));
    assertTrue(outbox.offer(frame("b")));

    assertEquals(2, outbox.offerDroppingOldest(frame("c".repeat(11))));

    assertEquals(new Lag(1, 11, Duration.ZERO), outbox.lag(0));
  }

  @Test
  void noticeOfAnUnknownNumberStaysUnknown() {
    outbox.startWith(new Batch.Gap(-1, GapReason.UNKNOWN_ID));
    offer("a", "b", "c");
    assertEquals(1, outbox.offerDroppingOldest(frame("d")));

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertEquals("event: gap\ndata: {\"missed\":null,\"reason\":\"unknown-id\"}\n\nbcd", text());
  }

  @Test
  void noticeIsGivenThoughNothingIsQueued() {
    outbox.startWith(new Batch.Gap(-1, GapReason.UNKNOWN_ID));

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertEquals("event: gap\ndata: {\"missed\":null,\"reason\":\"unknown-id\"}\n\n", text());
  }

  @Test
  void newestOfAKeyTakesThePlaceOfTheOlderWithoutItsId() {
    offerLatest("a1", "b1", "a2");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertEquals("data: a2\n\ndata: b1\nid: e-2\n\n", text());
  }

  @Test
  void newestOfAllKeepsItsIdInThePlaceOfTheOlder() {
    offerLatest("a1", "b1", "b2");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertEquals("data: a1\nid: e-1\n\ndata: b2\nid: e-3\n\n", text());
  }

  @Test
  void frameThatWasTakenIsNotReplaced() {
    offerLatest("a1");
    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    batch.clear();

    offerLatest("a2");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals("data: a2\nid: e-2\n\n", text());
  }

  @Test
  void fullOutboxDropsTheOldestForANewKey() {
    offerLatest("a1", "b1", "c1");

    assertEquals(1, outbox.offerLatest(latest("d1")));
    assertEquals(1, outbox.offerLatest(latest("a2")));
    assertEquals(1, outbox.offerLatest(frame("none")));

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals(new Batch.Gap(3, GapReason.OVERFLOW), batch.gap());
    assertTrue(text().endsWith("data: d1\nid: e-4\n\ndata: a2\nid: e-5\n\nnone"), this::text);
  }

  @Test
  void replacementMayTakeAllTheRoomOfTheOlder() {
    Outbox outbox = outbox(10, 3L * latest("x1").length());
    offerLatestTo(outbox, "a1", "b1", "c1", "c2");

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));

    assertTrue(text().startsWith("data: a1\nid: e-2\n\ndata: b1"), this::text);
    assertTrue(text().endsWith("data: c2\nid: e-5\n\n"), this::text);
  }

  @Test
  void replacementThatHasNoRoomThereGoesBehindWhatIsLeft() {
    int length = latest("x1").length();
    Outbox outbox = outbox(10, 4L * length + 4);
    offerLatestTo(outbox, "a1", "b1", "c1", "d1");

    assertEquals(2, outbox.offerLatest(latest("c" + "2".repeat(14))));

    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals(new Batch.Gap(2, GapReason.OVERFLOW), batch.gap());
    assertTrue(
        text().endsWith("data: d1\nid: e-5\n\ndata: c22222222222222\nid: e-6\n\n"), this::text);
  }

  @Test
  void noCallKeepsOtherThreadsOut() throws Exception {
    offerLatest("a1", "b1", "c1");
    assertEquals(1, outbox.offerLatest(latest("d1")));
    assertEquals(1, outbox.offerDroppingOldest(latest("e1")));
    outbox.startWith(new Batch.Gap(1, GapReason.OVERFLOW));
    assertEquals(Outbox.Taken.FRAMES, outbox.take(batch));
    assertEquals(new Lag(0, 0, Duration.ZERO), outbox.lag(0));
    outbox.cut();

    assertEquals(new Lag(0, 0, Duration.ZERO), Stage.await(Stage.async(() -> outbox.lag(0))));
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

  private void offer(String... frames) {
    for (String frame : frames) {
      assertTrue(outbox.offer(frame(frame)));
    }
  }

  private void offerLatest(String... events) {
    offerLatestTo(outbox, events);
  }

  private void offerLatestTo(Outbox outbox, String... events) {
    for (String event : events) {
      assertEquals(0, outbox.offerLatest(latest(event)));
    }
  }

  /** An event with its first character as its key, and an id. */
  private Frame latest(String data) {
    byte[] prefix = EventStreamEncoder.idPrefix("e");
    Event event = Event.of(data).withKey(data.substring(0, 1));
    Frame frame = EventStreamEncoder.encode("t", event, prefix);
    frame.complete(prefix, ++sequence, 0);
    return frame;
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
