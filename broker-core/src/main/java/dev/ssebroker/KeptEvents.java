package dev.ssebroker;

import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** Events by sequence. All but {@link #after} and {@link #evictedThrough} need the lock. */
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

  long evictedThrough() {
    return evictedThrough;
  }

  /** Returns the events after a sequence, in their order. */
  Iterator<Frame> after(long sequence) {
    return frames.tailMap(sequence, false).values().iterator();
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
