package dev.ssebroker;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One client's bounded blocking queue of frames. Frames are offered under the broker's lock and
 * taken by the client's writer; {@code beat} may be called by any thread.
 */
final class Outbox {
  /*
   * A ring under one lock, and not one of the JDK's queues, because a frame costs one lock to offer
   * and a share of one lock to take, and because what overflow needs must happen in one step: look at
   * the events and the bytes, drop the oldest, replace a frame in place, mark the client as behind.
   *
   * The lock is always the last one taken, and nothing is called while it is held.
   *
   * END is a flag and not a frame, so it always fits. So is the heartbeat: it goes out only if there
   * is nothing else to write. A gap notice stands before the head: since only the oldest frames are
   * dropped, that is where the missing ones were.
   */
  enum Taken {
    FRAMES,
    /** All frames are taken; what comes next is in the history. */
    BEHIND,
    END
  }

  private final int maxEvents;
  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All below is guarded by the lock.
  private final Ring ring = new Ring();
  private long bytes;
  private Batch.@Nullable Gap gap;
  private boolean behind;
  private boolean ended;
  private boolean heartbeat;
  private boolean waiting;

  /** Where the queued frame of each key is; null until the first frame with a key. */
  private @Nullable Map<String, Long> positions;

  Outbox(int maxEvents, long maxBytes) {
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
  }

  /** Takes a frame that need not be complete. */
  boolean hasRoomFor(Frame frame) {
    lock.lock();
    try {
      return fits(frame.maxLength());
    } finally {
      lock.unlock();
    }
  }

  /** Returns false, and leaves the outbox as it is, if the frame does not fit. */
  boolean offer(Frame frame) {
    lock.lock();
    try {
      if (!fits(frame.length())) {
        return false;
      }
      add(frame);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many older frames were dropped to make room. */
  int offerDroppingOldest(Frame frame) {
    lock.lock();
    try {
      int count = makeRoomFor(frame);
      add(frame);
      return count;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns how many older frames were dropped to make room; one that is replaced is not dropped.
   */
  int offerLatest(Frame frame) {
    String key = frame.key();
    if (key == null) {
      return offerDroppingOldest(frame);
    }
    lock.lock();
    try {
      Map<String, Long> byKey = positions;
      if (byKey == null) {
        byKey = new HashMap<>();
        positions = byKey;
      }
      Long position = byKey.get(key);
      if (position != null) {
        return replace(position, frame);
      }
      int count = makeRoomFor(frame);
      byKey.put(key, ring.tail());
      add(frame);
      return count;
    } finally {
      lock.unlock();
    }
  }

  private int replace(long position, Frame frame) {
    boolean newest = position == ring.tail() - 1;
    Frame replacement = newest ? frame : frame.withoutId();
    long grownBytes = bytes - ring.get(position).length() + replacement.length();
    if (grownBytes > maxBytes && ring.size() > 1) {
      return replaceAtTail(position, frame);
    }
    ring.set(position, replacement);
    bytes = grownBytes;
    return 0;
  }

  /** For a frame that outgrew its place: those before it are dropped, and it comes in its turn. */
  private int replaceAtTail(long position, Frame frame) {
    int count = 0;
    while (ring.head() < position) {
      dropOldest();
      count++;
    }
    remove();
    count += makeRoomFor(frame);
    Objects.requireNonNull(positions).put(Objects.requireNonNull(frame.key()), ring.tail());
    add(frame);
    return count;
  }

  private int makeRoomFor(Frame frame) {
    int count = 0;
    while (!fits(frame.length())) {
      dropOldest();
      count++;
    }
    return count;
  }

  private void dropOldest() {
    remove();
    gap = gap == null ? new Batch.Gap(1, GapReason.OVERFLOW) : gap.andOneMore();
  }

  /**
   * A frame larger than the bound fits into an empty outbox: it could not be delivered otherwise.
   */
  private boolean fits(int length) {
    return ring.isEmpty() || (ring.size() < maxEvents && bytes + length <= maxBytes);
  }

  private void add(Frame frame) {
    ring.add(frame);
    bytes += frame.length();
    wake();
  }

  private Frame remove() {
    Frame frame = ring.remove();
    bytes -= frame.length();
    if (positions != null && frame.key() != null) {
      positions.remove(frame.key());
    }
    return frame;
  }

  private void wake() {
    if (waiting) {
      waiting = false;
      changed.signal();
    }
  }

  /** Has a notice given before anything else. For an outbox that holds nothing yet. */
  void startWith(Batch.Gap notice) {
    lock.lock();
    try {
      gap = notice;
      wake();
    } finally {
      lock.unlock();
    }
  }

  /** Tells the writer to look into the history when it has taken what is queued. */
  void fallBehind() {
    lock.lock();
    try {
      behind = true;
      wake();
    } finally {
      lock.unlock();
    }
  }

  void level() {
    lock.lock();
    try {
      behind = false;
    } finally {
      lock.unlock();
    }
  }

  /** Lets the writer end behind what is queued, and behind what it takes from the history. */
  void end() {
    lock.lock();
    try {
      ended = true;
      wake();
    } finally {
      lock.unlock();
    }
  }

  /** Lets the writer end at once. */
  void cut() {
    lock.lock();
    try {
      ring.clear();
      bytes = 0;
      gap = null;
      positions = null;
      behind = false;
      ended = true;
      wake();
    } finally {
      lock.unlock();
    }
  }

  /** Has a heartbeat written, unless there is something else to write. */
  void beat() {
    lock.lock();
    try {
      heartbeat = true;
      wake();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until there is something to do, and moves frames into the batch, enough for one write.
   */
  Taken take(Batch batch) throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        takeFrames(batch);
        if (!batch.isEmpty()) {
          heartbeat = false;
          return Taken.FRAMES;
        }
        if (behind) {
          return Taken.BEHIND;
        }
        if (ended) {
          return Taken.END;
        }
        if (heartbeat) {
          heartbeat = false;
          batch.add(EventStreamEncoder.comment());
          return Taken.FRAMES;
        }
        waiting = true;
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void takeFrames(Batch batch) {
    if (gap != null) {
      batch.addGap(gap);
      gap = null;
    }
    while (!ring.isEmpty() && !batch.isFull()) {
      batch.add(remove());
    }
  }

  /** Returns what is queued; the age is that of the oldest frame at the given time. */
  Lag lag(long nowNanos) {
    lock.lock();
    try {
      return new Lag(ring.size(), bytes, Duration.ofNanos(ageNanos(nowNanos)));
    } finally {
      lock.unlock();
    }
  }

  private long ageNanos(long nowNanos) {
    // Only replaced frames can be younger than those behind them.
    long last = positions == null ? Math.min(ring.head() + 1, ring.tail()) : ring.tail();
    long age = 0;
    for (long position = ring.head(); position < last; position++) {
      age = Math.max(age, nowNanos - ring.get(position).bornNanos());
    }
    return age;
  }
}
