package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collection;
import java.util.List;

/** Events as tests of queues and of the history need them, and what they look like. */
final class Frames {
  private static final byte[] NO_ID = {};

  private Frames() {}

  /** Returns an event of one byte. */
  static Frame event(long sequence) {
    return event(sequence, 1);
  }

  static Frame event(long sequence, int length) {
    return event(sequence, length, 0);
  }

  static Frame event(long sequence, int length, long publishedNanos) {
    Frame frame = new Frame(new byte[length], length - 1, null, null);
    frame.complete(NO_ID, sequence, publishedNanos);
    return frame;
  }

  static List<Long> sequences(Collection<Frame> frames) {
    return frames.stream().map(Frame::sequence).toList();
  }

  /** Returns the sequences of a batch's events with ids. */
  static List<Long> sequences(Batch batch) {
    return text(batch)
        .lines()
        .filter(line -> line.startsWith("id: "))
        .map(line -> Long.valueOf(line.substring(line.lastIndexOf('-') + 1)))
        .toList();
  }

  static String text(Batch batch) {
    return new String(batch.toByteArray(), UTF_8);
  }

  static String text(Frame frame) {
    return new String(bytes(frame), UTF_8);
  }

  static byte[] bytes(Frame frame) {
    Batch batch = new Batch(new Deflation());
    batch.add(frame);
    return batch.toByteArray();
  }
}
