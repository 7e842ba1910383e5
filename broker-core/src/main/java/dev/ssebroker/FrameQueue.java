package dev.ssebroker;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.AbstractQueue;
import java.util.Collection;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One client's queue of frames, bounded by events and by bytes. One thread at a time offers frames,
 * under the broker's lock; one thread, the client's writer, takes them, without a lock.
 *
 * <p>The methods of {@link BlockingQueue} that make no sense here throw an {@link
 * UnsupportedOperationException}: those that wait for room, since no publisher waits for a client;
 * those with a time limit, since a timed wait costs a writer more than the write; and iteration.
 */
class FrameQueue extends AbstractQueue<Frame> implements BlockingQueue<Frame> {
  /*
   * Bounds. The queue holds up to maxEvents events of up to maxBytes together. An event larger than
   * maxBytes fits an empty queue; it could not be delivered otherwise. Frames that are no events
   * always fit: there is at most one heartbeat, one replay and one end in a queue.
   *
   * Two ends. Frames lie in a linked list of short arrays, so an idle client keeps one of them and a
   * client that lagged gives the others back. The two ends share only counters, each written at one
   * end and read at the other. The producer writes a frame before it counts it, and the consumer reads
   * the counter before the frame, so each counted frame is visible (JLS 17.4.5). The consumer's
   * counters may be late at the producer's end: the queue then looks fuller than it is, never emptier.
   *
   * Parking. The consumer announces itself as the waiter, looks once more, and parks. The producer
   * adds a frame and then looks for a waiter. Each of them writes a volatile field before it reads the
   * other's, so at least one of them sees the other, and no wake-up is lost.
   */
  private static final int CHUNK_LENGTH = 16;

  private static final VarHandle ADDED = counter(FrameQueue.class, "added");

  /** What the consumer has taken. An object of its own: both ends are busy at the same time. */
  private static final class Taken {
    private static final VarHandle FRAMES = counter(Taken.class, "frames");
    private static final VarHandle EVENTS = counter(Taken.class, "events");
    private static final VarHandle BYTES = counter(Taken.class, "bytes");

    private @Nullable Object[] chunk;
    private volatile long frames;
    private volatile long events;
    private volatile long bytes;

    /** The consumer's last look at the number of frames that were added. */
    private long available;

    Taken(@Nullable Object[] chunk) {
      this.chunk = chunk;
    }

    /** Counts the frame that is taken from a position. */
    void count(Frame frame, long position) {
      if (frame.isEvent()) {
        BYTES.setRelease(this, (long) BYTES.get(this) + frame.length());
        EVENTS.setRelease(this, (long) EVENTS.get(this) + 1);
      }
      FRAMES.setRelease(this, position + 1);
    }
  }

  private final int maxEvents;
  private final long maxBytes;

  // Producer's end, written under the broker's lock.
  private @Nullable Object[] last = newChunk();
  private long addedEvents;
  private long addedBytes;

  @SuppressWarnings("UnusedVariable") // Written through its VarHandle.
  private volatile long added;

  /** The producer's last look at what was taken; it looks again when the queue seems full. */
  private long seenEvents;

  private long seenBytes;

  /** Set by the consumer before it parks, cleared by the producer before it unparks it. */
  private volatile @Nullable Thread waiter;

  private final Taken taken = new Taken(last);

  FrameQueue(int maxEvents, long maxBytes) {
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
  }

  private static VarHandle counter(Class<?> owner, String name) {
    try {
      return MethodHandles.lookup().findVarHandle(owner, name, long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A chunk has frames and, in its last place, the next chunk. */
  private static @Nullable Object[] newChunk() {
    return new Object[CHUNK_LENGTH + 1];
  }

  /** Returns false, and leaves the queue as it is, if the frame does not fit. */
  @Override
  public final boolean offer(Frame frame) {
    boolean added = enqueue(frame);
    VarHandle.fullFence();
    wakeTaker();
    return added;
  }

  /**
   * Offers a frame without a wake-up. The caller issues one full fence for all queues of an
   * audience, which costs much of an offer, and then calls {@link #wakeTaker} on each.
   */
  boolean enqueue(Frame frame) {
    if (frame.isEvent() && !fits(frame.length())) {
      return false;
    }
    long position = (long) ADDED.get(this);
    int index = index(position);
    if (index == 0 && position > 0) {
      @Nullable Object[] chunk = newChunk();
      last[CHUNK_LENGTH] = chunk;
      last = chunk;
    }
    last[index] = frame;
    if (frame.isEvent()) {
      addedEvents++;
      addedBytes += frame.length();
    }
    ADDED.setRelease(this, position + 1);
    return true;
  }

  /** Unparks the consumer if it waits. Called after a full fence after the frame was added. */
  final boolean wakeTaker() {
    Thread consumer = waiter;
    if (consumer != null) {
      waiter = null;
      LockSupport.unpark(consumer);
    }
    return consumer != null;
  }

  /** Returns whether an event of this length fits. Asked at the producer's end. */
  final boolean fits(int length) {
    if (seemsToFit(length)) {
      return true;
    }
    seenEvents = taken.events;
    seenBytes = taken.bytes;
    return addedEvents == seenEvents || seemsToFit(length);
  }

  private boolean seemsToFit(int length) {
    return addedEvents - seenEvents < maxEvents && addedBytes - seenBytes + length <= maxBytes;
  }

  /** Returns the oldest frame, and parks until there is one. */
  @Override
  public final Frame take() throws InterruptedException {
    Frame frame = poll();
    while (frame == null) {
      waiter = Thread.currentThread();
      frame = poll();
      if (frame == null) {
        LockSupport.park(this);
        if (Thread.interrupted()) {
          waiter = null;
          throw new InterruptedException();
        }
        frame = poll();
      }
    }
    if (waiter != null) {
      waiter = null;
    }
    return frame;
  }

  @Override
  public @Nullable Frame poll() {
    Taken end = taken;
    long position = (long) Taken.FRAMES.get(end);
    if (position == end.available) {
      end.available = added;
      if (position == end.available) {
        return null;
      }
    }
    int index = index(position);
    if (index == 0 && position > 0) {
      end.chunk = next(end.chunk);
    }
    Frame frame = frame(end.chunk, index);
    end.chunk[index] = null;
    end.count(frame, position);
    return frame;
  }

  /** Returns the oldest frame; null as well if it is taken at this moment. */
  @Override
  public @Nullable Frame peek() {
    long position = taken.frames;
    if (position == added) {
      return null;
    }
    int index = index(position);
    Object chunk = index == 0 && position > 0 ? taken.chunk[CHUNK_LENGTH] : taken.chunk;
    return chunk == null ? null : (Frame) ((@Nullable Object[]) chunk)[index];
  }

  @Override
  public boolean isEmpty() {
    return taken.frames == added;
  }

  /** Returns the number of frames, markers included. */
  @Override
  public int size() {
    return (int) (added - taken.frames);
  }

  /** Returns the number of events. */
  final long events() {
    return addedEvents - taken.events;
  }

  /** Returns the size of the events. */
  final long bytes() {
    return addedBytes - taken.bytes;
  }

  /** Returns what is queued. The broker's lock is held. */
  Lag lag(long nowNanos) {
    Frame oldest = peek();
    long age = oldest == null || !oldest.isEvent() ? 0 : nowNanos - oldest.publishedNanos();
    return new Lag(events(), bytes(), Duration.ofNanos(age));
  }

  /** Returns the number of events that fit if they are small enough. */
  @Override
  public int remainingCapacity() {
    return (int) Math.max(0, maxEvents - events());
  }

  @Override
  public int drainTo(Collection<? super Frame> target) {
    return drainTo(target, Integer.MAX_VALUE);
  }

  @Override
  public int drainTo(Collection<? super Frame> target, int maxElements) {
    int count = 0;
    Frame frame = maxElements > 0 ? poll() : null;
    while (frame != null) {
      target.add(frame);
      count++;
      frame = count < maxElements ? poll() : null;
    }
    return count;
  }

  /** Not supported: no publisher waits for a client. */
  @Override
  public void put(Frame frame) {
    throw unsupported("put");
  }

  /** Not supported: no publisher waits for a client. */
  @Override
  public boolean offer(Frame frame, long timeout, TimeUnit unit) {
    throw unsupported("offer with a time limit");
  }

  /** Not supported: a writer waits without a time limit. */
  @Override
  public @Nullable Frame poll(long timeout, TimeUnit unit) {
    throw unsupported("poll with a time limit");
  }

  /** Not supported: the two ends belong to two threads. */
  @Override
  public Iterator<Frame> iterator() {
    throw unsupported("iterator");
  }

  private static UnsupportedOperationException unsupported(String what) {
    return new UnsupportedOperationException(
        what + " is not supported; use offer, take, poll or drainTo");
  }

  @Override
  public String toString() {
    return "%d frames, %d events of %d bytes".formatted(size(), events(), bytes());
  }

  // For queues that replace frames, which hold both ends.

  /** Where a frame is, until it is taken. */
  static final class Slot {
    private final @Nullable Object[] chunk;
    private final int index;

    private Slot(@Nullable Object[] chunk, int index) {
      this.chunk = chunk;
      this.index = index;
    }

    Frame frame() {
      return FrameQueue.frame(chunk, index);
    }

    boolean isSame(Slot other) {
      return frame() == other.frame();
    }
  }

  /** Returns the slot of the frame that was added last. */
  final Slot newest() {
    return new Slot(last, index(added - 1));
  }

  final boolean fitsInstead(Slot slot, Frame frame) {
    return bytes() - slot.frame().length() + frame.length() <= maxBytes || events() == 1;
  }

  final void replace(Slot slot, Frame frame) {
    addedBytes += frame.length() - slot.frame().length();
    slot.chunk[slot.index] = frame;
  }

  private static Frame frame(@Nullable Object[] chunk, int index) {
    return (Frame) Objects.requireNonNull(chunk[index]);
  }

  private static @Nullable Object[] next(@Nullable Object[] chunk) {
    return (@Nullable Object[]) Objects.requireNonNull(chunk[CHUNK_LENGTH]);
  }

  /** Returns the age of the oldest event; 0 if there is none. It may be anywhere in the queue. */
  final long greatestAge(long nowNanos) {
    long age = 0;
    @Nullable Object[] chunk = taken.chunk;
    for (long position = taken.frames; position < added; position++) {
      int index = index(position);
      if (index == 0 && position > 0) {
        chunk = next(chunk);
      }
      Frame frame = frame(chunk, index);
      if (frame.isEvent()) {
        age = Math.max(age, nowNanos - frame.publishedNanos());
      }
    }
    return age;
  }

  private static int index(long position) {
    return (int) (position % CHUNK_LENGTH);
  }
}
