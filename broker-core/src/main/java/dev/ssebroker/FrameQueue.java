package dev.ssebroker;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A queue of frames without a bound and without a lock, for one thread at each end at a time.
 *
 * <p>Frames lie in short arrays that are linked: one is made when the one before it is full and
 * dropped when it has been emptied, so a queue takes memory for the frames it holds and no more.
 */
final class FrameQueue {
  /*
   * The two ends share only the volatile counters, each written at one end and read at the other.
   * Whoever adds a frame counts it last and whoever removes one looks at the counter first, so what is
   * counted is there to be read (JLS 17.4.5).
   *
   * Asked at the end where frames are added, size and bytes may tell of frames that are gone by now,
   * never of too few.
   */
  private static final int CHUNK_LENGTH = 16;

  static final class Chunk {
    private final @Nullable Frame[] frames = new Frame[CHUNK_LENGTH];
    private @Nullable Chunk next;

    Frame get(int index) {
      return Objects.requireNonNull(frames[index]);
    }

    Chunk next() {
      return Objects.requireNonNull(next);
    }
  }

  /** Where a frame is, until it is removed. */
  record Place(Chunk chunk, int index) {}

  // The end where frames are added.
  private Chunk last = new Chunk();
  private long addedBytes;
  private volatile long added;

  // The end where frames are removed.
  private Chunk first = last;
  private volatile long removedBytes;
  private volatile long removed;

  int size() {
    return (int) (added - removed);
  }

  boolean isEmpty() {
    return added == removed;
  }

  long bytes() {
    return addedBytes - removedBytes;
  }

  void add(Frame frame) {
    long position = added;
    int index = index(position);
    if (index == 0 && position > 0) {
      Chunk chunk = new Chunk();
      last.next = chunk;
      last = chunk;
    }
    last.frames[index] = frame;
    addedBytes += frame.length();
    added = position + 1;
  }

  /** Moves the oldest frames into the batch until that is full. */
  void drainTo(Batch batch) {
    long end = added;
    long position = removed;
    long bytes = removedBytes;
    while (position < end && !batch.isFull()) {
      Frame frame = clear(position);
      bytes += frame.length();
      batch.add(frame);
      position++;
    }
    removedBytes = bytes;
    removed = position;
  }

  /** Removes the oldest frame; there must be one. */
  Frame remove() {
    long position = removed;
    long bytes = removedBytes;
    Frame frame = clear(position);
    removedBytes = bytes + frame.length();
    removed = position + 1;
    return frame;
  }

  /** Returns the oldest frame; there must be one. */
  Frame oldest() {
    int index = index(removed);
    Chunk chunk = index == 0 && removed > 0 ? first.next() : first;
    return chunk.get(index);
  }

  private Frame clear(long position) {
    int index = index(position);
    if (index == 0 && position > 0) {
      first = first.next();
    }
    Frame frame = first.get(index);
    first.frames[index] = null;
    return frame;
  }

  // What follows needs both ends to be still.

  /** Returns where the frame is that was added last. */
  Place newest() {
    return new Place(last, index(added - 1));
  }

  Frame get(Place place) {
    return place.chunk.get(place.index);
  }

  void set(Place place, Frame frame) {
    addedBytes += frame.length() - get(place).length();
    place.chunk.frames[place.index] = frame;
  }

  /** Returns the frames, the oldest first. */
  List<Frame> frames() {
    List<Frame> frames = new ArrayList<>(size());
    Chunk chunk = first;
    for (long position = removed; position < added; position++) {
      int index = index(position);
      if (index == 0 && position > 0) {
        chunk = chunk.next();
      }
      frames.add(chunk.get(index));
    }
    return frames;
  }

  private static int index(long position) {
    return (int) (position % CHUNK_LENGTH);
  }
}
