package dev.ssebroker;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.AbstractQueue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One client's queue of frames, bounded by events and by bytes. One thread at a time offers frames,
 * under the broker's lock; one thread, the client's writer, takes them, without a lock.
 */
class FrameQueue extends AbstractQueue<Frame> implements BlockingQueue<Frame> {
  /*
   * Bounds. The queue holds up to maxEvents events of up to maxBytes together. An event larger than
   * maxBytes fits an empty queue. Frames that are no events always fit: there is at most one heartbeat,
   * one replay and one end in a queue.
   *
   * Two ends. Frames lie in a linked list of short arrays, so an idle client keeps only one of them. The
   * two ends share only counters, each written at one end and read at the other. The producer writes a
   * frame before it counts it, and the consumer reads the counter before the frame, so each counted frame
   * is visible (JLS 17.4.5). The consumer's counters may be late at the producer's end: the queue then
   * looks fuller than it is, never emptier.
   *
   * Parking. The consumer announces itself as the waiter, looks once more, and parks. The producer adds a
   * frame and then looks for a waiter. Each of them writes before it reads what the other writes, with a
   * full fence in between, so at least one of them sees the other.
   */
  private static final int CHUNK_LENGTH = 16;

  private static final VarHandle ADDED = counter(FrameQueue.class, "added");

  /** What the consumer has taken. An object of its own: both ends are busy at the same time. */
  private static final class Taken {
    private static final VarHandle FRAMES = counter(Taken.class, "frames");
    private static final VarHandle EVENTS = counter(Taken.class, "events");
    private static final VarHandle BYTES = counter(Taken.class, "bytes");

    /** The chunk with the oldest frame. */
    private @Nullable Object[] chunk;

    private volatile long frames;
    private volatile long events;
    private volatile long bytes;

    /** The consumer's last look at the number of frames that were added. */
    private long available;

    Taken(@Nullable Object[] chunk) {
      this.chunk = chunk;
    }
  }

  private final int maxEvents;
  private final long maxBytes;

  // Producer's end, written under the broker's lock.
  /** The chunk for the next frame. */
  private @Nullable Object[] last = newChunk();

  private volatile long added;
  private long addedEvents;
  private long addedBytes;

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

  /** A chunk has frames and, in its last place, once they are all there, the next chunk. */
  private static @Nullable Object[] newChunk() {
    return new Object[CHUNK_LENGTH + 1];
  }

  /** Returns false, and leaves the queue as it is, if the frame does not fit. */
  @Override
  public final boolean offer(Frame frame) {
    boolean fits = enqueue(frame);
    VarHandle.fullFence();
    wakeTaker();
    return fits;
  }

  /**
   * Offers a frame without a wake-up. The caller issues one full fence for all queues of an
   * audience, which costs much of an offer, and then calls {@link #wakeTaker} on each.
   */
  boolean enqueue(Frame frame) {
    if (frame.isEvent() && !fits(frame.length())) {
      return false;
    }
    long position = added;
    int index = index(position);
    @Nullable Object[] chunk = last;
    if (index == CHUNK_LENGTH - 1) {
      last = newChunk();
      chunk[CHUNK_LENGTH] = last;
    }
    chunk[index] = frame;
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

  /** Returns whether an event of this length fits. Called at the producer's end. */
  final boolean fits(int length) {
    if (!seemsToFit(length)) {
      seenEvents = taken.events;
      seenBytes = taken.bytes;
    }
    return addedEvents == seenEvents || seemsToFit(length);
  }

  private boolean seemsToFit(int length) {
    return addedEvents - seenEvents < maxEvents && addedBytes - seenBytes + length <= maxBytes;
  }

  /** Returns the oldest frame, and parks until there is one. */
  @Override
  public final Frame take() throws InterruptedException {
    Frame frame = poll();
    while (frame == null && !Thread.interrupted()) {
      waiter = Thread.currentThread();
      if (isEmpty()) {
        LockSupport.park(this);
      }
      frame = poll();
    }
    if (waiter != null) {
      waiter = null;
    }
    if (frame == null) {
      throw new InterruptedException();
    }
    return frame;
  }

  @Override
  public @Nullable Frame poll() {
    Taken end = taken;
    long position = end.frames;
    if (position == end.available) {
      end.available = added;
      if (position == end.available) {
        return null;
      }
    }
    int index = index(position);
    @Nullable Object[] chunk = end.chunk;
    Frame frame = frame(chunk, index);
    chunk[index] = null;
    if (index == CHUNK_LENGTH - 1) {
      end.chunk = (@Nullable Object[]) Objects.requireNonNull(chunk[CHUNK_LENGTH]);
      // Otherwise one chunk in the old generation would keep all later ones alive.
      chunk[CHUNK_LENGTH] = null;
    }
    if (frame.isEvent()) {
      Taken.BYTES.setRelease(end, end.bytes + frame.length());
      Taken.EVENTS.setRelease(end, end.events + 1);
    }
    Taken.FRAMES.setRelease(end, position + 1);
    return frame;
  }

  /** Returns the oldest frame; null or a later one if it is taken at this moment. */
  @Override
  public @Nullable Frame peek() {
    long position = taken.frames;
    return position == added ? null : (Frame) taken.chunk[index(position)];
  }

  @Override
  public boolean isEmpty() {
    return taken.frames == added;
  }

  @Override
  public int size() {
    return (int) (added - taken.frames);
  }

  final long events() {
    return addedEvents - taken.events;
  }

  final long bytes() {
    return addedBytes - taken.bytes;
  }

  final Lag lag(long nowNanos) {
    return new Lag(events(), bytes(), Duration.ofNanos(age(nowNanos)));
  }

  /** Returns the age of the oldest event; 0 if there is none. */
  long age(long nowNanos) {
    Frame oldest = peek();
    return oldest == null || !oldest.isEvent() ? 0 : nowNanos - oldest.publishedNanos();
  }

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
    for (Frame frame; count < maxElements && (frame = poll()) != null; count++) {
      target.add(frame);
    }
    return count;
  }

  @Override
  public void put(Frame frame) {
    throw new UnsupportedOperationException("no publisher waits for a client; use offer");
  }

  @Override
  public boolean offer(Frame frame, long timeout, TimeUnit unit) {
    throw new UnsupportedOperationException("no publisher waits for a client; use offer(Frame)");
  }

  @Override
  public @Nullable Frame poll(long timeout, TimeUnit unit) {
    throw new UnsupportedOperationException("a timed wait costs more than a write; use take");
  }

  /** Returns the frames that are queued at this moment. The broker's lock is held. */
  @Override
  public Iterator<Frame> iterator() {
    List<Frame> frames = new ArrayList<>();
    @Nullable Object[] chunk = taken.chunk;
    while (chunk != null) {
      for (int i = 0; i < CHUNK_LENGTH; i++) {
        if (chunk[i] instanceof Frame frame) {
          frames.add(frame);
        }
      }
      chunk = (@Nullable Object[]) chunk[CHUNK_LENGTH];
    }
    return Collections.unmodifiableList(frames).iterator();
  }

  /** Where a frame is, until it is taken. */
  @SuppressWarnings("ArrayRecordComponent") // Slots are not compared.
  record Slot(@Nullable Object[] chunk, long position) {
    Frame frame() {
      return FrameQueue.frame(chunk, index(position));
    }
  }

  final Slot nextSlot() {
    return new Slot(last, added);
  }

  /**
   * Puts an event in the place of an older one, without its id if other frames follow. Returns
   * false, and leaves the queue as it is, if it does not fit there.
   */
  final boolean replace(Slot slot, Frame event) {
    Frame frame = slot.position == added - 1 ? event : event.withoutId();
    int growth = frame.length() - slot.frame().length();
    if (bytes() + growth > maxBytes && events() > 1) {
      return false;
    }
    addedBytes += growth;
    slot.chunk[index(slot.position)] = frame;
    return true;
  }

  private static int index(long position) {
    return (int) (position % CHUNK_LENGTH);
  }

  private static Frame frame(@Nullable Object[] chunk, int index) {
    return (Frame) Objects.requireNonNull(chunk[index]);
  }
}
