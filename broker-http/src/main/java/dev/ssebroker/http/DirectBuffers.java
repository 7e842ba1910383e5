package dev.ssebroker.http;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The direct buffers from which batches are written to sockets. Thread-safe.
 *
 * <p>A write fills a buffer and gives it back before it waits for a slow client, so there are no
 * more buffers in use than threads that run.
 */
final class DirectBuffers {
  /** Room for a full batch, the head of a response, and the framing of a chunk. */
  static final int SIZE = 80 * 1024;

  private final Queue<ByteBuffer> free = new ConcurrentLinkedQueue<>();

  /** Returns an empty buffer with room for this many bytes: a direct one if it is not large. */
  ByteBuffer take(int length) {
    if (length > SIZE) {
      return ByteBuffer.allocate(length);
    }
    ByteBuffer buffer = free.poll();
    return buffer == null ? ByteBuffer.allocateDirect(SIZE) : buffer.clear();
  }

  void giveBack(ByteBuffer buffer) {
    if (buffer.isDirect()) {
      free.add(buffer);
    }
  }
}
