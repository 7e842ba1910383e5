package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchTest {
  private final Batch batch = new Batch(new Deflation());

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
  void eventsAreCountedAndNoticesAreNot() {
    GapNotice first = new GapNotice(3, GapReason.EVICTED);
    GapNotice second = new GapNotice(-1, GapReason.OVERFLOW);
    batch.add(first);
    batch.add(event());
    add("comment");
    batch.add(second);
    batch.add(event());

    assertEquals(2, batch.events());
    assertEquals(List.of(first, second), batch.gaps());
    batch.clear();
    assertEquals(0, batch.events());
    assertEquals(List.of(), batch.gaps());
  }

  @Test
  void batchSaysWhenItsFirstEventWasPublished() {
    batch.add(new GapNotice(3, GapReason.EVICTED));
    batch.add(Frames.event(1, 1, -7));
    batch.add(Frames.event(2, 1, 5));
    assertEquals(-7, batch.publishedNanos());

    batch.clear();
    batch.add(Frames.event(3, 1, 9));
    assertEquals(9, batch.publishedNanos());
  }

  private static Frame event() {
    byte[] noIds = EventStreamEncoder.idPrefix("");
    Frame frame = EventStreamEncoder.encode("t", Event.of("x"), noIds);
    frame.complete(noIds, 1, 0);
    return frame;
  }

  @Test
  void batchIsFullFrom64KibOn() {
    add("x".repeat(65_535));
    assertFalse(batch.isFull());

    add("x");

    assertTrue(batch.isFull());
  }

  @Test
  void clearedBatchKeepsNoFrames() throws Exception {
    add("one", "2", "three");

    batch.clear();

    Field frames = Batch.class.getDeclaredField("frames");
    frames.setAccessible(true);
    assertTrue(Arrays.stream((Object[]) frames.get(batch)).allMatch(Objects::isNull));
  }

  @Test
  void copyBeginsAtTheOffsetAndTouchesNothingElse() {
    add("ab", "c");
    byte[] target = "-------".getBytes(UTF_8);

    batch.copyTo(ByteBuffer.wrap(target, 2, 3));

    assertEquals("--abc--", new String(target, UTF_8));
  }

  @Test
  void copyFillsItsTargetToTheLastByte() {
    add("ab", "c");
    byte[] target = new byte[5];

    batch.copyTo(ByteBuffer.wrap(target, 2, 3));

    assertEquals("\0\0abc", new String(target, UTF_8));
  }

  @Test
  void targetWithoutRoomIsRefused() {
    add("ab", "c");

    assertThrows(BufferOverflowException.class, () -> batch.copyTo(ByteBuffer.allocate(2)));
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

  @Test
  void checksumIsThatOfAllFrames() {
    add("one", "2", "three");
    CRC32 expected = new CRC32();
    expected.update("one2three".getBytes(UTF_8));
    CRC32 checksum = new CRC32();

    batch.update(checksum);

    assertEquals(expected.getValue(), checksum.getValue());
  }

  /** RFC 1951 §3.2.4: not the last one, stored, the length and its complement, the bytes. */
  @Test
  void framesThatAreTooShortAreStoredOneByOne() {
    add("ab", "c");

    assertArrayEquals(
        new byte[] {
          0, 2, 0, (byte) 0xfd, (byte) 0xff, 'a', 'b', 0, 1, 0, (byte) 0xfe, (byte) 0xff, 'c'
        },
        batch.deflated(3));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "65534, 1", "65535, 1", "65536, 2", "131070, 2", "131071, 3", "200000, 4"})
  void storedBlockHoldsAtMost65535Bytes(int length, int blocks) throws Exception {
    String text = "x".repeat(length);
    add(text);

    byte[] stored = batch.deflated(length + 1);

    assertEquals(length + 5 * blocks, stored.length);
    assertEquals(text, new String(new Inflating().read(stored), UTF_8));
  }

  @Test
  void frameIsDeflatedFromTheThresholdOn() throws Exception {
    add("x".repeat(100));

    assertEquals(105, batch.deflated(101).length);
    assertTrue(batch.deflated(100).length < 50);
    assertEquals("x".repeat(100), new String(new Inflating().read(batch.deflated(100)), UTF_8));
  }

  @Test
  void frameKeepsWhatItWasDeflatedToForOtherBatches() {
    Frame frame = new Frame("x".repeat(100).getBytes(UTF_8));
    batch.add(frame);

    assertArrayEquals(batch.deflated(0), frame.deflated);
  }

  @Test
  void frameThatWouldNotBecomeSmallerIsStored() throws Exception {
    byte[] noise = noise(new Random(1), 70_000);
    batch.add(new Frame(noise));

    byte[] stored = batch.deflated(0);

    assertEquals(noise.length + 10, stored.length);
    assertArrayEquals(noise, new Inflating().read(stored));
  }

  @Test
  void frameRefersToNothingOutsideOfItself() throws Exception {
    String text = text(new Random(1), 5_000);
    add(text);
    byte[] alone = batch.deflated(0);
    add(text, "x", text);

    byte[] deflated = batch.deflated(2);

    assertEquals(3 * alone.length + 6, deflated.length);
    byte[] last = Arrays.copyOfRange(deflated, deflated.length - alone.length, deflated.length);
    assertEquals(text, new String(new Inflating().read(last), UTF_8));
    assertEquals(text + text + "x" + text, new String(new Inflating().read(deflated), UTF_8));
  }

  @Test
  void eachBatchIsReadableBeforeTheNextOneComesWhateverItsFrames() throws Exception {
    Random random = new Random(1);
    Inflating client = new Inflating();
    for (int i = 0; i < 200; i++) {
      batch.clear();
      int frames = 1 + random.nextInt(4);
      for (int j = 0; j < frames; j++) {
        int length = 1 + random.nextInt(List.of(10, 300, 5_000, 200_000).get(random.nextInt(4)));
        batch.add(
            new Frame(
                random.nextBoolean()
                    ? noise(random, length)
                    : text(random, length).getBytes(UTF_8)));
      }

      byte[] deflated = batch.deflated(List.of(0, 256, 1_000_000).get(random.nextInt(3)));

      assertArrayEquals(batch.toByteArray(), client.read(deflated));
    }
  }

  private static byte[] noise(Random random, int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }

  private static String text(Random random, int length) {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append("{\"id\":").append(random.nextInt(1_000_000)).append("},");
    }
    return text.substring(0, length);
  }

  private void add(String... frames) {
    for (String frame : frames) {
      batch.add(new Frame(frame.getBytes(UTF_8)));
    }
  }

  private String text() {
    return new String(batch.toByteArray(), UTF_8);
  }
}
