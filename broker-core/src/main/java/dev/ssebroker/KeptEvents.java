package dev.ssebroker;

import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** Events by sequence. All but {@link #between} and {@link #evictedThrough} need the lock. */
class KeptEvents {
  final ConcurrentNavigableMap<Long, Frame> frames = new ConcurrentSkipListMap<>();
  private volatile long evictedThrough;

  // All below is guarded by the broker's lock.
  private long bytes;
  private int size;

  void add(Long sequence, Frame frame) {
    frames.put(sequence, frame);
    bytes += frame.length();
    size++;
  }

  /** Removes the event with this sequence and returns it. */
  Frame evict(Long sequence) {
    evictedThrough = Math.max(evictedThrough, sequence);
    Frame frame = Objects.requireNonNull(frames.remove(sequence));
    bytes -= frame.length();
    size--;
    return frame;
  }

  /** Returns the highest sequence that was evicted; 0 if none was. */
  long evictedThrough() {
    return evictedThrough;
  }

  /** Returns the events after one sequence and up to a higher one, in their order. */
  Iterator<Frame> between(long after, long through) {
    return frames.subMap(after, false, through, true).values().iterator();
  }

  /** Returns the event with the lowest sequence; null if there is none. */
  @Nullable Frame oldest() {
    var first = frames.firstEntry();
    return first == null ? null : first.getValue();
  }

  int size() {
    return size;
  }

  long bytes() {
    return bytes;
  }
}
