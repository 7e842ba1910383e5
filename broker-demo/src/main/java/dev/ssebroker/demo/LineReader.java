package dev.ssebroker.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads lines as bytes, and returns each as soon as it is complete. A line ends with LF or CRLF;
 * the last one may end with the input. Used by one thread.
 */
final class LineReader {
  private final InputStream in;
  private final int maxBytes;
  private final byte[] buffer = new byte[64 * 1024];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int position;
  private int limit;

  /**
   * Creates a reader.
   *
   * @param maxBytes the maximum length of a line, without its line end
   */
  LineReader(InputStream in, int maxBytes) {
    this.in = in;
    this.maxBytes = maxBytes;
  }

  /**
   * Returns the next line without its line end; empty at the end of the input. Blocks until the
   * line is complete.
   *
   * @throws TooLong if the line is too long; the reader must not be used afterwards
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
      // One more byte for a carriage return. Checked here, so that an endless line cannot fill the
      // memory.
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
    boolean hasReturn = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
    return hasReturn ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
  }

  private byte[] bounded(byte[] bytes) throws TooLong {
    if (bytes.length > maxBytes) {
      throw new TooLong();
    }
    return bytes;
  }

  /** Thrown when a line exceeds the maximum length. */
  static final class TooLong extends IOException {
    private static final long serialVersionUID = 1L;
  }
}
