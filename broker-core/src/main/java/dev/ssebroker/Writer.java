package dev.ssebroker;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Takes frames from a client's queue and writes them to its sink, on one virtual thread. */
final class Writer implements Runnable {
  /*
   * Letting go. A parked virtual thread keeps its stack on the heap, which is more than the rest of an
   * idle client, and a started one costs more than an unparked one. So the thread parks if events come in
   * quick succession, and ends otherwise: it says that it has stopped, looks once more at the queue, and
   * ends. A publisher adds a frame and then looks whether the thread has stopped. One of them sees the
   * other; the compare-and-set decides which of them goes on. A thread that parks stays in the code that
   * it began with, so it first ends a few times, until that code has been compiled.
   */
  private static final long BUSY_PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Clients clients;
  private final Client client;
  private final Sink sink;
  private final BlockingQueue<Frame> queue;

  /** Whether there is no thread. The first one is started by {@link #start}. */
  private final AtomicBoolean stopped = new AtomicBoolean();

  // All below is written by the writer thread; the volatile fields are read by the housekeeper.
  private final Batch batch;

  /** When the write that is under way began; 0 between writes. */
  private volatile long writingSinceNanos;

  /** When the last write ended. */
  private volatile long lastWriteNanos;

  /** The number of writes in a row whose events came in quick succession. */
  private long busyWrites;

  Writer(Clients clients, Client client, Sink sink, BlockingQueue<Frame> queue) {
    this.clients = clients;
    this.client = client;
    this.sink = sink;
    this.queue = queue;
    this.batch = new Batch(clients.deflation());
    this.lastWriteNanos = clients.nowNanos();
  }

  void start() {
    try {
      clients.threads().startVirtual("sse-writer-" + client.id(), this);
    } catch (RuntimeException | Error e) {
      stopped.set(true);
      throw e;
    }
  }

  /** Starts the thread if it has stopped. Called after a frame was added to the queue. */
  void wake() {
    if (takeOver()) {
      start();
    }
  }

  /** Returns whether the thread had stopped, and the caller now takes its place. */
  boolean takeOver() {
    return stopped.get() && stopped.compareAndSet(true, false);
  }

  @Override
  public void run() {
    CloseReason reason = CloseReason.FAILED;
    boolean over = true;
    try {
      over = writeFrames();
    } catch (IOException e) {
      reason = CloseReason.DISCONNECTED;
    } catch (RuntimeException e) {
      Broker.LOG.log(Level.WARNING, "The sink of " + client + " threw; the client ends", e);
    } finally {
      if (over) {
        leave(reason);
      }
    }
  }

  private void leave(CloseReason reason) {
    try {
      client.closeSink();
    } finally {
      clients.left(client, reason);
    }
  }

  /** Returns whether the stream is over; else the thread ends because no frame will come soon. */
  private boolean writeFrames() throws IOException {
    Frame frame = next();
    while (frame != null && frame != Frame.END) {
      frame = frame == Frame.REPLAY ? replay() : writeFrom(frame);
    }
    if (frame == Frame.END && !client.isCut()) {
      timed(sink::end);
    }
    return frame != null;
  }

  /** Takes a frame. Parks if the client is busy; else returns null if there is none. */
  private @Nullable Frame next() {
    while (!client.isCut()) {
      Frame frame = busyWrites > clients.threads().parkAfter() ? take() : queue.poll();
      if (frame != null) {
        return frame;
      }
      stopped.set(true);
      if (queue.isEmpty() || !takeOver()) {
        return null;
      }
    }
    return Frame.END;
  }

  private @Nullable Frame take() {
    try {
      return queue.take();
    } catch (InterruptedException e) {
      // Only a sink that was closed interrupts, to free a write; END is in the queue or comes.
      return queue.poll();
    }
  }

  /** Writes this frame and what else is queued at once. Returns the frame after them, or null. */
  private @Nullable Frame writeFrom(Frame first) throws IOException {
    Frame frame = first;
    do {
      batch.add(frame);
      frame = queue.poll();
    } while (frame != null && frame != Frame.REPLAY && frame != Frame.END && !batch.isFull());
    clients.madeRoom(client);
    write();
    return frame == null ? next() : frame;
  }

  /** Writes what the client's cursor reads, until it has caught up or has nothing to read. */
  private @Nullable Frame replay() throws IOException {
    boolean more = true;
    for (Cursor cursor = client.cursor(); cursor != null && more; cursor = client.cursor()) {
      more = cursor.read(batch) == Cursor.Progress.MORE;
      FlightEvents.Replay.commit(client, batch);
      if (!batch.isEmpty()) {
        write();
      }
    }
    return next();
  }

  private void write() throws IOException {
    if (!client.isCut()) {
      FlightEvents.SlowWrite flight = new FlightEvents.SlowWrite();
      flight.begin();
      timed(() -> sink.write(batch));
      flight.commit(client, batch);
      clients.delivered(client, batch);
    }
    batch.clear();
  }

  private interface Write {
    void run() throws IOException;
  }

  /** Runs a write, and lets the housekeeper see how long it takes. */
  private void timed(Write write) throws IOException {
    long now = clients.nowNanos();
    busyWrites = now - lastWriteNanos < BUSY_PACE_NANOS * batch.events() ? busyWrites + 1 : 0;
    // The lowest bit tells a write from none; a nanosecond does not matter.
    writingSinceNanos = now | 1;
    try {
      write.run();
    } finally {
      lastWriteNanos = clients.nowNanos();
      writingSinceNanos = 0;
    }
  }

  /** Returns how long the write that is under way has taken; 0 between writes. */
  long writingNanos(long nowNanos) {
    long since = writingSinceNanos;
    return since == 0 ? 0 : nowNanos - since;
  }

  /** Returns how long nothing was written; 0 during a write. */
  long idleNanos(long nowNanos) {
    return writingSinceNanos == 0 ? nowNanos - lastWriteNanos : 0;
  }
}
