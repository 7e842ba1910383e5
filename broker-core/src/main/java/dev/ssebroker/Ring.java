package dev.ssebroker;

import org.jspecify.annotations.Nullable;

/**
 * A queue of frames in an array that grows, with positions that never repeat. Not thread-safe.
 *
 * <p>Positions are absolute: the first frame ever added has position 0, and head and tail only
 * rise. A frame's place in the array is its position modulo the array's length, a power of two, so
 * that no question about the queue's state takes more than a subtraction.
 */
final class Ring {
  private static final int INITIAL_LENGTH = 4;

  /** Beyond this length an array is given back when the ring is empty. */
  private static final int KEPT_LENGTH = 64;

  private @Nullable Frame[] frames = new Frame[INITIAL_LENGTH];
  private long head;
  private long tail;

  int size() {
    return (int) (tail - head);
  }

  boolean isEmpty() {
    return tail == head;
  }

  /** The position of the oldest frame, or of the next one to come if there is none. */
  long head() {
    return head;
  }

  /** The position that the next frame will have. */
  long tail() {
    return tail;
  }

  void add(Frame frame) {
    if (size() == frames.length) {
      grow();
    }
    frames[place(tail++)] = frame;
  }

  Frame get(long position) {
    Frame frame = frames[place(position)];
    if (frame == null || position < head || position >= tail) {
      throw new IndexOutOfBoundsException(position + " is not in " + head + " to " + tail);
    }
    return frame;
  }

  Frame remove() {
    Frame frame = get(head);
    frames[place(head++)] = null;
    if (isEmpty() && frames.length > KEPT_LENGTH) {
      frames = new Frame[INITIAL_LENGTH];
    }
    return frame;
  }

  /** The position of the first frame with a higher sequence; the tail if there is none. */
  long after(long sequence) {
    long low = head;
    long high = tail;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (get(middle).sequence() <= sequence) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private int place(long position) {
    return (int) position & (frames.length - 1);
  }

  private void grow() {
    @Nullable Frame[] grown = new Frame[2 * frames.length];
    for (long position = head; position < tail; position++) {
      grown[(int) position & (grown.length - 1)] = frames[place(position)];
    }
    frames = grown;
  }
}
