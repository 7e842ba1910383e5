package dev.ssebroker;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One client's bounded queue of frames. Frames are offered under the broker's lock and taken by the
 * client's writer, which is started when there is something for it and ends when there is nothing;
 * {@code beat} may be called by any thread.
 */
final class Outbox {
  /*
   * Nobody who publishes waits for a writer, and no writer for a publisher: frames go in at one end, which
   * the broker's lock guards, and come out at the other, which the lock here guards. Whoever publishes
   * takes that lock only to remove: to drop the oldest, to replace a frame in place, to cut. It is
   * always the last lock taken, and while it is held, a writer is started at most.
   *
   * The writer reads what comes last first: the end, then whether it is behind, then the frames. What was
   * set or offered before a thing that it sees is then seen, too. A writer that finds nothing says that it rests, looks once
   * more, and ends; whoever has something for it does it first and then looks whether it rests. Only one
   * of them can end the rest, and either goes on with the writing or has a writer started that does.
   *
   * END is a flag and not a frame, so it always fits. So is the heartbeat: it goes out only if there
   * is nothing else to write. A gap notice stands before the oldest frame: since only the oldest are
   * dropped, that is where the missing ones were.
   */
  enum Taken {
    FRAMES,
    /** All frames are taken; what comes next is in the history. */
    BEHIND,
    /** There is nothing to do. The writer must end: another one is started when there is. */
    NOTHING,
    END
  }

  private final int maxEvents;
  private final long maxBytes;
  private final Runnable writerStarter;

  private final FrameQueue frames = new FrameQueue();
  private volatile boolean behind;
  private volatile boolean ended;
  private volatile boolean heartbeat;

  /** Whether the writer has ended or is about to. */
  private final AtomicBoolean resting = new AtomicBoolean();

  /** Guards the end where frames are removed, and all below. */
  private final ReentrantLock removal = new ReentrantLock();

  /** Volatile for the writer, which looks whether there is one before it takes the lock. */
  private volatile Batch.@Nullable Gap gap;

  /** Where the queued frame of each key is; null until the first frame with a key. */
  private @Nullable Map<String, FrameQueue.Place> places;

  /**
   * Makes one whose first writer is started by its maker.
   *
   * @param writerStarter starts the writer again; called by whoever has something for it
   */
  Outbox(int maxEvents, long maxBytes, Runnable writerStarter) {
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
    this.writerStarter = writerStarter;
  }

  /** Takes a frame that need not be complete. The broker's lock is held. */
  boolean hasRoomFor(Frame frame) {
    return fits(frame.maxLength());
  }

  /**
   * Returns false, and leaves the outbox as it is, if the frame does not fit. The broker's lock is
   * held.
   */
  boolean offer(Frame frame) {
    if (!fits(frame.length())) {
      return false;
    }
    add(frame);
    return true;
  }

  /** Returns how many older frames were dropped to make room. The broker's lock is held. */
  int offerDroppingOldest(Frame frame) {
    int count = fits(frame.length()) ? 0 : makeRoomFor(frame);
    add(frame);
    return count;
  }

  /**
   * Returns how many older frames were dropped to make room; one that is replaced is not dropped.
   * The broker's lock is held.
   */
  int offerLatest(Frame frame) {
    String key = frame.key();
    if (key == null) {
      return offerDroppingOldest(frame);
    }
    removal.lock();
    try {
      Map<String, FrameQueue.Place> byKey = places;
      if (byKey == null) {
        byKey = new HashMap<>();
        places = byKey;
      }
      FrameQueue.Place place = byKey.get(key);
      if (place != null && replace(place, frame)) {
        return 0;
      }
      int count = place == null ? 0 : dropThrough(frames.get(place));
      count += makeRoomFor(frame);
      add(frame);
      byKey.put(key, frames.newest());
      return count;
    } finally {
      removal.unlock();
    }
  }

  /** Returns false, and leaves the frame there as it is, if it has no room to grow. */
  private boolean replace(FrameQueue.Place place, Frame frame) {
    Frame replacement = place.equals(frames.newest()) ? frame : frame.withoutId();
    long bytes = frames.bytes() - frames.get(place).length() + replacement.length();
    if (bytes > maxBytes && frames.size() > 1) {
      return false;
    }
    frames.set(place, replacement);
    return true;
  }

  /** Drops what is before the frame; it is removed, too, but replaced and not dropped. */
  private int dropThrough(Frame frame) {
    int count = 0;
    Frame oldest = frames.oldest();
    while (oldest != frame) {
      dropOldest();
      oldest = frames.oldest();
      count++;
    }
    remove();
    return count;
  }

  private int makeRoomFor(Frame frame) {
    removal.lock();
    try {
      int count = 0;
      while (!fits(frame.length())) {
        dropOldest();
        count++;
      }
      return count;
    } finally {
      removal.unlock();
    }
  }

  private void dropOldest() {
    remove();
    Batch.Gap before = gap;
    gap = before == null ? new Batch.Gap(1, GapReason.OVERFLOW) : before.andOneMore();
  }

  private Frame remove() {
    Frame frame = frames.remove();
    if (places != null && frame.key() != null) {
      places.remove(frame.key());
    }
    return frame;
  }

  /**
   * A frame larger than the bound fits into an empty outbox: it could not be delivered otherwise.
   */
  private boolean fits(int length) {
    int size = frames.size();
    return size == 0 || (size < maxEvents && frames.bytes() + length <= maxBytes);
  }

  private void add(Frame frame) {
    frames.add(frame);
    wake();
  }

  private void wake() {
    if (resting.get() && resting.compareAndSet(true, false)) {
      writerStarter.run();
    }
  }

  /** Has a notice given before anything else. For an outbox whose writer has not begun. */
  void startWith(Batch.Gap notice) {
    removal.lock();
    try {
      gap = notice;
    } finally {
      removal.unlock();
    }
  }

  /** Tells the writer to look into the history when it has taken what is queued. */
  void fallBehind() {
    behind = true;
    wake();
  }

  /** Lets the writer rest until there are frames, or until it falls behind once more. */
  void level() {
    behind = false;
  }

  /** Has the writer look into the history again, if it does not anyway. */
  void readOn() {
    if (!behind) {
      fallBehind();
    }
  }

  /** Lets the writer end behind what is queued, and behind what it takes from the history. */
  void end() {
    ended = true;
    wake();
  }

  /** Lets the writer end at once. The broker's lock is held. */
  void cut() {
    removal.lock();
    try {
      while (!frames.isEmpty()) {
        frames.remove();
      }
      gap = null;
      places = null;
    } finally {
      removal.unlock();
    }
    behind = false;
    end();
  }

  /** Has a heartbeat written, unless there is something else to write. */
  void beat() {
    heartbeat = true;
    wake();
  }

  /** Says what there is to do, and moves frames into the batch, enough for one write. */
  Taken take(Batch batch) {
    do {
      boolean wasEnded = ended;
      boolean wasBehind = behind;
      takeFrames(batch);
      if (!batch.isEmpty()) {
        heartbeat = false;
        return Taken.FRAMES;
      }
      if (wasBehind) {
        return Taken.BEHIND;
      }
      if (wasEnded) {
        return Taken.END;
      }
      if (heartbeat) {
        heartbeat = false;
        batch.add(EventStreamEncoder.comment());
        return Taken.FRAMES;
      }
    } while (!rests());
    return Taken.NOTHING;
  }

  private void takeFrames(Batch batch) {
    if (frames.isEmpty() && gap == null) {
      return;
    }
    removal.lock();
    try {
      Batch.Gap notice = gap;
      if (notice != null) {
        batch.addGap(notice);
        gap = null;
      }
      if (places == null) {
        frames.drainTo(batch);
      } else {
        while (!frames.isEmpty() && !batch.isFull()) {
          batch.add(remove());
        }
      }
    } finally {
      removal.unlock();
    }
  }

  /** Returns false if there is something to do, and nobody else was asked to. */
  private boolean rests() {
    resting.set(true);
    boolean nothing = frames.isEmpty() && !behind && !ended && !heartbeat;
    return nothing || !resting.compareAndSet(true, false);
  }

  /**
   * Returns what is queued; the age is that of the oldest frame at the given time. The broker's
   * lock is held.
   */
  Lag lag(long nowNanos) {
    removal.lock();
    try {
      return new Lag(frames.size(), frames.bytes(), Duration.ofNanos(ageNanos(nowNanos)));
    } finally {
      removal.unlock();
    }
  }

  private long ageNanos(long nowNanos) {
    if (frames.isEmpty()) {
      return 0;
    }
    if (places == null) {
      return nowNanos - frames.oldest().bornNanos();
    }
    // A frame that was replaced is younger than those behind it.
    long age = 0;
    for (Frame frame : frames.frames()) {
      age = Math.max(age, nowNanos - frame.bornNanos());
    }
    return age;
  }
}
