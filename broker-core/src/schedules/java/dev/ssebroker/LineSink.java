package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.schedule.Schedule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A sink that keeps the data of the events and counts what the gap notices say; others may run
 * while it is called. It fails if an event is written twice or after a later one.
 */
final class LineSink implements Sink {
  final List<String> events = new ArrayList<>();
  final List<String> ids = new ArrayList<>();

  /** The events' data and, as "n missed", the gap notices, in the order of the stream. */
  private final List<String> stream = new ArrayList<>();

  long missed;
  int comments;
  int gaps;
  boolean ended;
  boolean closed;
  private boolean busy;
  private boolean blocked;

  /** The sequence of the last event; 0 if it has none. */
  private long last;

  /** How many events more are missing by the notices than by the sequences so far. */
  private long missedUnseen;

  private boolean receivesAll;

  /**
   * Returns a sink of a client that receives all that is published after an event. It fails if an
   * event is missing without a notice.
   */
  static LineSink ofAllAfter(String id) {
    LineSink sink = new LineSink();
    sink.last = sequence(id);
    sink.receivesAll = true;
    return sink;
  }

  private static long sequence(String id) {
    return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
  }

  @Override
  public void write(Batch batch) throws IOException {
    enter("write");
    String text = new String(batch.toByteArray(), UTF_8);
    for (String frame : text.split("\n\n", -1)) {
      read(frame);
    }
    leave();
  }

  private void read(String frame) {
    boolean gap = false;
    for (String line : frame.split("\n", -1)) {
      if (line.equals("event: gap")) {
        gap = true;
      } else if (line.equals(":")) {
        comments++;
      } else if (line.startsWith("id: ")) {
        readId(line.substring(4));
      } else if (line.startsWith("data: ") && !gap) {
        events.add(line.substring(6));
        stream.add(line.substring(6));
      } else if (line.startsWith("data: ")) {
        assertFalse(line.contains("null"), "a gap of unknown size");
        String count = line.replaceAll(".*\"missed\":(\\d+).*", "$1");
        gaps++;
        missed += Long.parseLong(count);
        missedUnseen += Long.parseLong(count);
        stream.add(count + " missed");
      }
    }
  }

  private void readId(String id) {
    long sequence = sequence(id);
    assertTrue(sequence > last, () -> id + " after " + ids);
    missedUnseen -= sequence - last - 1;
    assertTrue(!receivesAll || missedUnseen >= 0, () -> "missing without a notice: " + id);
    ids.add(id);
    last = sequence;
  }

  @Override
  public void end() throws IOException {
    enter("end");
    ended = true;
    leave();
  }

  @Override
  public void close() {
    Schedule.step("sink.close");
    closed = true;
  }

  /** From now on, a write waits until the sink is opened or closed. */
  void block() {
    blocked = true;
  }

  void awaitBlocked() {
    Schedule.await("a blocked write", () -> busy);
  }

  void open() {
    blocked = false;
    Schedule.step("sink opens");
  }

  private void enter(String call) throws IOException {
    assertFalse(busy, () -> call + " while another call is under way");
    assertFalse(ended, () -> call + " after the end");
    busy = true;
    Schedule.await("sink." + call, () -> !blocked || closed);
    if (closed) {
      busy = false;
      throw new IOException("the sink is closed");
    }
  }

  private void leave() {
    busy = false;
    Schedule.step("sink returns");
  }

  void assertOrderly(String... expected) {
    assertOrderly(List.of(expected));
  }

  void assertOrderly(List<String> expected) {
    assertEquals(expected, events);
    assertEquals(0, gaps, "gap notices");
    assertOver();
    assertTrue(ended, "the stream was not ended");
  }

  /**
   * Of the events 1 to count, each was received once and in its order, or counted by the one notice
   * directly before the event that follows the gap.
   */
  void assertEachReceivedOrMissed(int count) {
    long expected = 1;
    boolean afterGap = false;
    for (String item : stream) {
      boolean gap = item.endsWith(" missed");
      assertFalse(gap && afterGap, () -> "two notices for one gap: " + stream);
      if (gap) {
        expected += Long.parseLong(item.replace(" missed", ""));
      } else {
        assertEquals(Long.toString(expected), item, stream::toString);
        expected++;
      }
      afterGap = gap;
    }
    assertFalse(afterGap, () -> "a notice after the last event: " + stream);
    assertEquals(count + 1, expected, stream::toString);
  }

  void assertOver() {
    assertTrue(closed, "the sink was not closed");
  }
}
