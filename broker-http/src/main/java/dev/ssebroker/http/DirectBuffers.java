package dev.ssebroker.http;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The direct buffers from which batches are written to sockets. Thread-safe.
 *
 * <p>A write fills a buffer and gives it back before it waits for a slow client, so there are no
 * more buffers in use than threads that run.
 */
final class DirectBuffers {
  /** Room for a full batch, the head of a response, and the framing of a chunk. */
  static final int SIZE = 80 * 1024;

  /** The distance of two slots, so that they lie in different cache lines. */
  private static final int STRIDE = 32;

  private final AtomicReferenceArray<@Nullable ByteBuffer> free =
      new AtomicReferenceArray<>(2 * STRIDE * Runtime.getRuntime().availableProcessors());

  /** Returns an empty buffer with room for this many bytes: a direct one if it is not large. */
  ByteBuffer take(int length) {
    if (length > SIZE) {
      return ByteBuffer.allocate(length);
    }
    for (int slot = 0; slot < free.length(); slot += STRIDE) {
      ByteBuffer buffer = free.get(slot) == null ? null : free.getAndSet(slot, null);
      if (buffer != null) {
        return buffer.clear();
      }
    }
    return ByteBuffer.allocateDirect(SIZE);
  }

  /** Keeps a direct buffer unless there are enough of them. */
  void giveBack(ByteBuffer buffer) {
    int slot = buffer.isDirect() ? 0 : free.length();
    while (slot < free.length() && !free.compareAndSet(slot, null, buffer)) {
      slot += STRIDE;
    }
  }
}
