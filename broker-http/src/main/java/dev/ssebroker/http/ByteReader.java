package dev.ssebroker.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;

/** Reads requests by lines and bytes. Used by the connection's thread only. */
final class ByteReader {
  private static final int BUFFER_BYTES = 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;

  ByteReader(InputStream in) {
    this.in = in;
  }

  /** Returns whether the input has ended. Blocks until it has or a byte is available. */
  boolean atEnd() throws IOException {
    if (position < limit) {
      return false;
    }
    position = 0;
    limit = Math.max(0, in.read(buffer));
    return limit == 0;
  }

  /**
   * Reads a line and its CRLF. Refuses a CR or an LF alone, and every other control character
   * except the tab (RFC 9112 §2.2, RFC 9110 §5.5).
   *
   * @param maxBytes the longest line, without its CRLF
   * @param tooLong creates the exception for a longer line
   * @return the line without its CRLF
   * @throws Truncated if the input ends before the line does
   */
  String line(int maxBytes, Supplier<BadRequest> tooLong) throws IOException, BadRequest {
    byte[] line = new byte[Math.min(maxBytes, 128)];
    int length = 0;
    while (true) {
      byte b = next();
      if (b == '\r') {
        if (next() != '\n') {
          throw new BadRequest(400, "a CR without an LF");
        }
        return new String(line, 0, length, StandardCharsets.ISO_8859_1);
      }
      if (b == '\n') {
        throw new BadRequest(400, "a line ends with LF alone; CRLF is needed");
      }
      if ((b >= 0 && b < ' ' && b != '\t') || b == 0x7f) {
        throw new BadRequest(400, "a control character in the request's head");
      }
      if (length == maxBytes) {
        throw tooLong.get();
      }
      if (length == line.length) {
        line = Arrays.copyOf(line, Math.min(maxBytes, 2 * length));
      }
      line[length++] = b;
    }
  }

  /** Returns the next byte without consuming it, or -1 at the end. */
  int peek() throws IOException {
    return atEnd() ? -1 : buffer[position] & 0xff;
  }

  /**
   * Reads exactly {@code length} bytes into the target.
   *
   * @throws Truncated if the input ends before
   */
  void read(byte[] target, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      int part = readSome(target, offset + done, length - done);
      if (part < 0) {
        throw new Truncated();
      }
      done += part;
    }
  }

  /** Reads long parts directly into the target, not through the buffer. */
  private int readSome(byte[] target, int offset, int length) throws IOException {
    if (position == limit && length >= BUFFER_BYTES) {
      return in.read(target, offset, length);
    }
    if (atEnd()) {
      return -1;
    }
    int part = Math.min(length, limit - position);
    System.arraycopy(buffer, position, target, offset, part);
    position += part;
    return part;
  }

  /** Reads the CRLF after a chunk's data (RFC 9112 §7.1). */
  void lineEnd() throws IOException, BadRequest {
    if (next() != '\r' || next() != '\n') {
      throw new BadRequest(400, "a chunk's data is longer than its size");
    }
  }

  private byte next() throws IOException {
    if (atEnd()) {
      throw new Truncated();
    }
    return buffer[position++];
  }

  /** The client closed its side in the middle of a request. */
  static final class Truncated extends IOException {
    private static final long serialVersionUID = 1L;
  }
}
