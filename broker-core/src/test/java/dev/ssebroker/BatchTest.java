package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BatchTest {
  private final Batch batch = new Batch();

  @Test
  void newBatchIsEmpty() {
    assertTrue(batch.isEmpty());
    assertEquals(0, batch.length());
    assertEquals(0, batch.toByteArray().length);
  }

  @Test
  void framesStandOneBehindTheOther() {
    add("one", "2", "three");

    assertFalse(batch.isEmpty());
    assertEquals(9, batch.length());
    assertEquals("one2three", text());
  }

  @Test
  void batchGrowsWithItsFrames() {
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 1_000; i++) {
      add(i + ",");
      expected.append(i).append(',');
    }

    assertEquals(expected.toString(), text());
    assertEquals(expected.length(), batch.length());
  }

  @Test
  void copyBeginsAtTheOffsetAndTouchesNothingElse() {
    add("ab", "c");
    byte[] target = "-------".getBytes(UTF_8);

    batch.copyTo(target, 2);

    assertEquals("--abc--", new String(target, UTF_8));
  }

  @Test
  void copyFillsItsTargetToTheLastByte() {
    add("ab", "c");
    byte[] target = new byte[5];

    batch.copyTo(target, 2);

    assertEquals("\0\0abc", new String(target, UTF_8));
  }

  @Test
  void targetWithoutRoomIsRefused() {
    add("ab", "c");

    assertThrows(IndexOutOfBoundsException.class, () -> batch.copyTo(new byte[5], 3));
    assertThrows(IndexOutOfBoundsException.class, () -> batch.copyTo(new byte[5], -1));
  }

  @Test
  void clearedBatchIsUsedAgain() {
    add("old", "older");

    batch.clear();

    assertTrue(batch.isEmpty());
    assertEquals(0, batch.length());
    add("new");
    assertEquals("new", text());
  }

  private void add(String... frames) {
    for (String frame : frames) {
      batch.add(Frame.unnumbered(frame.getBytes(UTF_8)));
    }
  }

  private String text() {
    return new String(batch.toByteArray(), UTF_8);
  }
}
