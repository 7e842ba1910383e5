package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {
  private static final int BATCH_BYTES = 64 * 1024;

  private final Outbox outbox = new Outbox(3);
  private final Batch batch = new Batch();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100})
  void outboxHoldsExactlyItsBound(int bound) {
    Outbox outbox = new Outbox(bound);

    for (int i = 0; i < bound; i++) {
      assertTrue(outbox.offer(frame("x")));
    }

    assertFalse(outbox.offer(frame("x")));
    assertFalse(outbox.offer(frame("x")));
  }

  @Test
  void takeEmptiesTheOutboxInOneGo() throws Exception {
    offer("a", "b", "c");

    assertTrue(outbox.take(batch));

    assertEquals("abc", text());
    offer("d", "e", "f");
  }

  @Test
  void takeAddsToWhatTheBatchHolds() throws Exception {
    offer("a");
    assertTrue(outbox.take(batch));
    offer("b");
    assertTrue(outbox.take(batch));

    assertEquals("ab", text());
  }

  @Test
  void takeStopsWhenTheBatchIsLargeEnough() throws Exception {
    offer("a".repeat(BATCH_BYTES - 1), "b", "c");

    assertTrue(outbox.take(batch));
    assertEquals(BATCH_BYTES, batch.length());
    batch.clear();
    assertTrue(outbox.take(batch));
    assertEquals("c", text());
  }

  @Test
  void frameLargerThanABatchIsTakenWhole() throws Exception {
    offer("a".repeat(3 * BATCH_BYTES), "b");

    assertTrue(outbox.take(batch));

    assertEquals(3 * BATCH_BYTES, batch.length());
  }

  @Test
  void takeWaitsForAFrame() throws Exception {
    Future<Boolean> taken = Stage.async(() -> outbox.take(batch));

    offer("a");

    assertTrue(Stage.await(taken));
    assertEquals("a", text());
  }

  @Test
  void endComesBehindWhatIsQueued() throws Exception {
    offer("a", "b");
    outbox.end();

    assertFalse(outbox.take(batch));

    assertEquals("ab", text());
  }

  @Test
  void fullOutboxCanBeEnded() throws Exception {
    offer("a", "b", "c");
    outbox.end();

    assertFalse(outbox.take(batch));

    assertEquals("abc", text());
  }

  @Test
  void endAloneLeavesTheBatchEmpty() throws Exception {
    outbox.end();

    assertFalse(outbox.take(batch));

    assertTrue(batch.isEmpty());
  }

  @Test
  void fullBatchIsNotTheEnd() throws Exception {
    offer("a".repeat(BATCH_BYTES));
    outbox.end();

    assertTrue(outbox.take(batch));
    batch.clear();
    assertFalse(outbox.take(batch));
    assertTrue(batch.isEmpty());
  }

  @Test
  void cutDiscardsWhatIsQueued() throws Exception {
    offer("a", "b", "c");
    outbox.cut();

    assertFalse(outbox.take(batch));

    assertTrue(batch.isEmpty());
  }

  @Test
  void endedOutboxCanBeCut() throws Exception {
    offer("a", "b", "c");
    outbox.end();
    outbox.cut();

    assertFalse(outbox.take(batch));

    assertTrue(batch.isEmpty());
  }

  private void offer(String... frames) {
    for (String frame : frames) {
      assertTrue(outbox.offer(frame(frame)));
    }
  }

  private static Frame frame(String text) {
    return new Frame(text.getBytes(UTF_8));
  }

  private String text() {
    return new String(batch.toByteArray(), UTF_8);
  }
}
