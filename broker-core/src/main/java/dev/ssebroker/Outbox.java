package dev.ssebroker;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * One client's bounded queue of frames. {@code offer}, {@code end} and {@code cut} are called under
 * the broker's lock, {@code take} by the client's writer.
 */
final class Outbox {
  /*
   * One place more than the bound is kept free for END, so that a full outbox can still be ended.
   * offer and end have the broker's lock in common, hence the check of the size and the insertion
   * cannot be divided by another producer; the writer only makes room.
   *
   * A linked queue: it costs an idle client nothing for the frames it might hold one day.
   */
  private static final int MAX_BATCH_BYTES = 64 * 1024;

  private final int maxEvents;
  private final BlockingQueue<Frame> queue;

  Outbox(int maxEvents) {
    this.maxEvents = maxEvents;
    this.queue = new LinkedBlockingQueue<>(maxEvents + 1);
  }

  /** Returns false, and leaves the outbox as it is, if it is full. */
  boolean offer(Frame frame) {
    return queue.size() < maxEvents && queue.offer(frame);
  }

  /** Lets the writer end behind what is queued. */
  void end() {
    queue.add(Frame.END);
  }

  /** Lets the writer end at once. */
  void cut() {
    queue.clear();
    queue.add(Frame.END);
  }

  /**
   * Waits for a frame, then moves what else is queued into the batch, until the batch is large
   * enough for one write. Returns false when there is nothing more to come; the batch may still
   * hold frames.
   */
  boolean take(Batch batch) throws InterruptedException {
    Frame frame = queue.take();
    while (frame != Frame.END) {
      batch.add(frame);
      if (batch.length() >= MAX_BATCH_BYTES) {
        return true;
      }
      frame = queue.poll();
      if (frame == null) {
        return true;
      }
    }
    return false;
  }
}
