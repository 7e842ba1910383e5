package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RingTest {
  private final Ring ring = new Ring();

  @Test
  void newRingIsEmpty() {
    assertTrue(ring.isEmpty());
    assertEquals(0, ring.size());
    assertEquals(0, ring.head());
    assertEquals(0, ring.tail());
    assertEquals(0, ring.after(0));
    assertThrows(IndexOutOfBoundsException.class, () -> ring.get(0));
    assertThrows(IndexOutOfBoundsException.class, ring::remove);
  }

  @Test
  void positionsNeverRepeat() {
    for (int round = 0; round < 1000; round++) {
      Frame frame = frame(round + 1);
      ring.add(frame);
      assertEquals(round, ring.head());
      assertEquals(round + 1, ring.tail());
      assertSame(frame, ring.remove());
    }

    assertEquals(1000, ring.head());
    assertEquals(1000, ring.tail());
  }

  @Test
  void framesKeepTheirPositionsWhenTheRingGrows() {
    List<Frame> frames = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      frames.add(frame(frames.size() + 1));
      ring.add(frames.getLast());
      ring.remove();
    }
    for (int i = 0; i < 1000; i++) {
      frames.add(frame(frames.size() + 1));
      ring.add(frames.getLast());
    }

    for (int position = 3; position < 1003; position++) {
      assertSame(frames.get(position), ring.get(position));
    }
    for (int position = 3; position < 1003; position++) {
      assertSame(frames.get(position), ring.remove());
    }
    assertTrue(ring.isEmpty());
  }

  /** With a length far from the one at which a large array is given back, and around it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 63, 64, 65, 128, 5000})
  void ringThatWasEmptiedIsUsedAgain(int length) {
    for (int round = 0; round < 3; round++) {
      long head = ring.head();
      for (int i = 0; i < length; i++) {
        ring.add(frame(head + i + 1));
      }
      for (int i = 0; i < length; i++) {
        assertEquals(head + i + 1, ring.get(head + i).sequence());
      }
      for (int i = 0; i < length; i++) {
        assertEquals(head + i + 1, ring.remove().sequence());
      }
      assertTrue(ring.isEmpty());
    }
  }

  @Test
  void ringKeepsNoFrameThatWasRemovedAndNoLargeArrayWhenItIsEmpty() throws Exception {
    for (int i = 0; i < 1000; i++) {
      ring.add(frame(i + 1));
    }
    for (int i = 0; i < 999; i++) {
      ring.remove();
    }
    assertEquals(1, Arrays.stream(array()).filter(Objects::nonNull).count());
    assertEquals(1024, array().length);

    ring.remove();
    assertEquals(4, array().length);
    for (int i = 0; i < 64; i++) {
      ring.add(frame(i + 1));
    }
    for (int i = 0; i < 64; i++) {
      ring.remove();
    }
    assertEquals(64, array().length);
    assertEquals(0, Arrays.stream(array()).filter(Objects::nonNull).count());
  }

  private @Nullable Object[] array() throws ReflectiveOperationException {
    Field field = Ring.class.getDeclaredField("frames");
    field.setAccessible(true);
    return (@Nullable Object[]) field.get(ring);
  }

  /** The place in the array is that of the oldest frame. */
  @Test
  void nothingStandsAtTheTailOfAFullArray() {
    for (int i = 0; i < 4; i++) {
      ring.add(frame(i + 1));
    }

    assertThrows(IndexOutOfBoundsException.class, () -> ring.get(4));
  }

  @Test
  void onlyPositionsFromHeadToTailHaveAFrame() {
    for (int i = 0; i < 4; i++) {
      ring.add(frame(i + 1));
    }
    ring.remove();

    assertThrows(IndexOutOfBoundsException.class, () -> ring.get(0));
    assertEquals(2, ring.get(1).sequence());
    assertEquals(4, ring.get(3).sequence());
    assertThrows(IndexOutOfBoundsException.class, () -> ring.get(4));
    assertThrows(IndexOutOfBoundsException.class, () -> ring.get(5));
    assertThrows(IndexOutOfBoundsException.class, () -> ring.get(-3));
  }

  @Test
  void anythingAddedAndRemovedIsFoundAsInAList() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<Long> sequences = new ArrayList<>();
    long head = 0;
    long sequence = 0;
    for (int step = 0; step < 20_000; step++) {
      // Grows for a while, then shrinks for a while.
      boolean adds = random.nextInt(100) < (step / 1000 % 2 == 0 ? 70 : 30);
      if (adds) {
        sequence += 1 + random.nextInt(5);
        ring.add(frame(sequence));
        sequences.add(sequence);
      } else if (!sequences.isEmpty()) {
        assertEquals(sequences.removeFirst(), ring.remove().sequence(), () -> "seed " + seed);
        head++;
      }
      long wanted = random.nextLong(-1, sequence + 3);
      long lower = sequences.stream().filter(s -> s <= wanted).count();
      assertEquals(head + lower, ring.after(wanted), () -> "seed " + seed);
      assertEquals(sequences.size(), ring.size(), () -> "seed " + seed);
      assertEquals(head, ring.head(), () -> "seed " + seed);
      assertEquals(head + sequences.size(), ring.tail(), () -> "seed " + seed);
    }
  }

  private static Frame frame(long sequence) {
    Frame frame = EventStreamEncoder.encode("t", Event.of(""), new byte[0]);
    frame.complete(new byte[0], sequence, 0);
    return frame;
  }
}
