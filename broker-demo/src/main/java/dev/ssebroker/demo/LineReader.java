package dev.ssebroker.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads lines as bytes, each as soon as its end has come. A line ends with LF or CRLF; the last one
 * may have no end. Used by one thread.
 */
final class LineReader {
  private final InputStream in;
  private final int maxBytes;
  private final byte[] buffer = new byte[64 * 1024];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int position;
  private int limit;

  /**
   * Reads from a stream.
   *
   * @param maxBytes how long a line may be
   */
  LineReader(InputStream in, int maxBytes) {
    this.in = in;
    this.maxBytes = maxBytes;
  }

  /**
   * Returns the next line without its end; empty if there is none. Blocks until it has come.
   *
   * @throws TooLong if it is longer than allowed; the reader cannot go on
   */
  Optional<byte[]> next() throws IOException {
    line.reset();
    while (true) {
      if (position == limit) {
        position = 0;
        limit = Math.max(0, in.read(buffer));
        if (limit == 0) {
          return line.size() == 0 ? Optional.empty() : Optional.of(bounded(line.toByteArray()));
        }
      }
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      line.write(buffer, position, end - position);
      // One more for a carriage return; what has no end yet is not to fill the memory.
      if (line.size() > maxBytes + 1) {
        throw new TooLong();
      }
      position = end;
      if (end < limit) {
        position++;
        return Optional.of(bounded(withoutReturn(line.toByteArray())));
      }
    }
  }

  private static byte[] withoutReturn(byte[] bytes) {
    boolean has = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
    return has ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
  }

  private byte[] bounded(byte[] bytes) throws TooLong {
    if (bytes.length > maxBytes) {
      throw new TooLong();
    }
    return bytes;
  }

  /** A line is longer than allowed. */
  static final class TooLong extends IOException {
    private static final long serialVersionUID = 1L;
  }
}
