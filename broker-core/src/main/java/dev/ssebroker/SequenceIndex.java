package dev.ssebroker;

import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The events of all topics by their sequence, for clients of a pattern and for the age limit.
 * Written under the broker's lock; read by writers without it.
 */
final class SequenceIndex {
  /*
   * Sequences are dense, so a short array holds the events of consecutive ones, and a map finds the
   * array. An array is removed with its last event. What a page costs depends on the events between two
   * sequences, and not on the number of topics.
   */
  private static final int SHIFT = 5;
  private static final int LENGTH = 1 << SHIFT;

  private static final class Chunk {
    final AtomicReferenceArray<@Nullable Frame> frames = new AtomicReferenceArray<>(LENGTH);

    /** The number of frames. Guarded by the broker's lock. */
    int count;
  }

  /** Decides on each frame of a walk; returns false to end it after this one. */
  interface Visitor {
    boolean visit(Frame frame);
  }

  private final ConcurrentNavigableMap<Long, Chunk> chunks = new ConcurrentSkipListMap<>();

  /** The chunk of the newest event. */
  private Chunk newest = new Chunk();

  private long newestKey = -1;

  void add(Frame frame) {
    long key = frame.sequence() >>> SHIFT;
    if (key != newestKey) {
      newest = new Chunk();
      newestKey = key;
      chunks.put(key, newest);
    }
    newest.frames.set(slot(frame.sequence()), frame);
    newest.count++;
  }

  void remove(Frame frame) {
    Long key = frame.sequence() >>> SHIFT;
    Chunk chunk = chunks.get(key);
    if (chunk == null) {
      throw new IllegalStateException("sequence " + frame.sequence() + " is not in the index");
    }
    chunk.frames.set(slot(frame.sequence()), null);
    if (--chunk.count == 0) {
      chunks.remove(key);
      newestKey = newest == chunk ? -1 : newestKey;
    }
  }

  void clear() {
    chunks.clear();
    newestKey = -1;
  }

  /** Returns the event with the lowest sequence; null if there is none. */
  @Nullable Frame oldest() {
    var first = chunks.firstEntry();
    if (first == null) {
      return null;
    }
    Frame frame = null;
    for (int slot = 0; frame == null; slot++) {
      frame = first.getValue().frames.get(slot);
    }
    return frame;
  }

  /**
   * Visits the events after one sequence and up to another, in their order.
   *
   * @param limit the most sequences to look at
   * @return the sequence up to which all were visited
   */
  long visit(long after, long through, int limit, Visitor visitor) {
    int left = limit;
    for (var entry : chunks.tailMap((after + 1) >>> SHIFT, true).entrySet()) {
      long first = entry.getKey() << SHIFT;
      long from = Math.max(first, after + 1);
      for (long sequence = from; sequence < first + LENGTH; sequence++) {
        if (sequence > through) {
          return through;
        }
        Frame frame = entry.getValue().frames.get(slot(sequence));
        if ((frame != null && !visitor.visit(frame)) || --left <= 0) {
          return sequence;
        }
      }
    }
    return through;
  }

  private static int slot(long sequence) {
    return (int) sequence & (LENGTH - 1);
  }
}
