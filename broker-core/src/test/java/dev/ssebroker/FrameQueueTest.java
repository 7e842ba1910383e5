package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FrameQueueTest {
  /** Several of the queue's arrays. */
  private static final int MANY = 100;

  private final FrameQueue queue = new FrameQueue();

  @Test
  void framesComeOutInTheOrderTheyWentIn() {
    add(1, MANY);

    assertEquals(LongStream.rangeClosed(1, MANY).boxed().toList(), sequences());
    for (long sequence = 1; sequence <= MANY; sequence++) {
      assertFalse(queue.isEmpty());
      assertEquals(MANY - sequence + 1, queue.size());
      assertEquals(sequence, queue.oldest().sequence());
      assertEquals(sequence, queue.remove().sequence());
    }
    assertTrue(queue.isEmpty());
    assertEquals(0, queue.bytes());
  }

  @Test
  void batchTakesWhatFits() {
    queue.add(frame(1, 40 * 1024));
    queue.add(frame(2, 40 * 1024));
    queue.add(frame(3, 1));
    Batch batch = new Batch();

    queue.drainTo(batch);

    assertEquals(80 * 1024, batch.length());
    assertEquals(1, queue.size());
    assertEquals(1, queue.bytes());
  }

  @Test
  void batchTakesAllThatIsThere() {
    add(1, MANY);
    Batch batch = new Batch();

    queue.drainTo(batch);

    assertEquals(MANY, batch.events());
    assertTrue(queue.isEmpty());
    assertEquals(0, queue.bytes());
  }

  @Test
  void sixteenFramesShareAnArray() {
    Set<FrameQueue.Chunk> chunks = new HashSet<>();
    for (long sequence = 1; sequence <= MANY; sequence++) {
      add(sequence, sequence);
      chunks.add(queue.newest().chunk());
    }

    assertEquals(Math.ceilDiv(MANY, 16), chunks.size());
  }

  @Test
  void frameIsReplacedWhereItIs() {
    add(1, MANY - 1);
    queue.add(frame(MANY, 10));
    FrameQueue.Place place = queue.newest();
    add(MANY + 1, 2 * MANY);
    long bytes = queue.bytes();

    Frame replacement = frame(999, 7);
    queue.set(place, replacement);

    assertSame(replacement, queue.get(place));
    assertEquals(bytes - 3, queue.bytes());
    assertEquals(999, sequences().get(MANY - 1));
  }

  @Test
  void queueBehavesLikeADeque() {
    Random random = new Random(42);
    Deque<Long> model = new ArrayDeque<>();
    long next = 1;
    for (int step = 0; step < 10_000; step++) {
      if (random.nextInt(100) < 52) {
        add(next, next);
        model.add(next++);
      } else if (model.isEmpty()) {
        assertTrue(queue.isEmpty());
      } else {
        assertEquals(model.remove(), queue.remove().sequence());
      }
      assertEquals(model.size(), queue.size());
      assertEquals(model.size(), queue.bytes());
    }
    assertEquals(List.copyOf(model), sequences());
  }

  private List<Long> sequences() {
    return queue.frames().stream().map(Frame::sequence).toList();
  }

  private void add(long first, long last) {
    for (long sequence = first; sequence <= last; sequence++) {
      queue.add(frame(sequence, 1));
    }
  }

  private static Frame frame(long sequence, int length) {
    Frame frame = new Frame(new byte[length + 1], length - 1, null, null);
    frame.complete(new byte[0], sequence, 0);
    return frame;
  }
}
