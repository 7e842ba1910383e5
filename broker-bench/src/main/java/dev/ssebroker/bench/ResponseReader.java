package dev.ssebroker.bench;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads one HTTP/1.1 response (RFC 9112) that is an event stream. Its body may be chunked, have a
 * length or end with the connection, and may be compressed with gzip. Used by one thread at a time.
 */
final class ResponseReader {
  private static final int MAX_HEAD_BYTES = 64 * 1024;

  /** Receives the content of the response. */
  interface Body {
    /**
     * Scans the next bytes of the stream.
     *
     * @param in in little-endian order; its position and limit are neither used nor changed
     * @param from the index of the first byte, inclusive
     * @param to the index of the last byte, exclusive
     */
    void scan(ByteBuffer in, int from, int to);
  }

  private enum State {
    HEAD,
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK,
    CHUNK_END,
    TRAILER,
    BODY,
    END
  }

  private final Body body;
  private final ByteBuffer inflated;
  private State state = State.HEAD;
  private byte[] head = new byte[512];
  private int headLength;
  private long remaining;
  private int trailerLine;
  private boolean headRead;
  private @Nullable Gunzip gunzip;

  /**
   * Creates a reader.
   *
   * @param body receives the bytes of the stream
   * @param inflated a little-endian buffer for uncompressed bytes, which all readers of one thread
   *     may share
   */
  ResponseReader(Body body, ByteBuffer inflated) {
    this.body = body;
    this.inflated = inflated;
  }

  /** Returns whether the head of an event stream has arrived. */
  boolean hasHead() {
    return headRead;
  }

  /** Returns whether the response is complete. */
  boolean isEnded() {
    return state == State.END;
  }

  boolean isCompressed() {
    return gunzip != null;
  }

  /** Releases the inflater. */
  void close() {
    if (gunzip != null) {
      gunzip.close();
    }
  }

  /**
   * Reads the bytes between the position and the limit of a buffer.
   *
   * @param in little-endian; has no bytes remaining afterwards
   * @throws LoadFailure if the response is not an event stream
   * @throws IOException if the response is malformed HTTP or gzip
   */
  void read(ByteBuffer in) throws IOException, LoadFailure {
    int at = in.position();
    int to = in.limit();
    while (at < to) {
      switch (state) {
        case HEAD -> at = head(in, at, to);
        case CHUNK_SIZE -> at = chunkSize(in, at, to);
        case CHUNK_EXTENSION -> at = chunkExtension(in, at, to);
        case CHUNK, BODY -> at = body(in, at, to);
        case CHUNK_END -> {
          byte b = in.get(at++);
          if (b == '\n') {
            state = State.CHUNK_SIZE;
          } else if (b != '\r') {
            throw new ProtocolException("a chunk is longer than its size");
          }
        }
        case TRAILER -> at = trailer(in, at, to);
        case END -> at = to;
      }
    }
    in.position(to);
  }

  private int head(ByteBuffer in, int from, int to) throws IOException, LoadFailure {
    int at = from;
    while (at < to) {
      byte b = in.get(at++);
      if (headLength == head.length) {
        if (headLength >= MAX_HEAD_BYTES) {
          throw new LoadFailure("the head of the response exceeds 64 KiB");
        }
        head = Arrays.copyOf(head, 2 * headLength);
      }
      head[headLength++] = b;
      if (b == '\n' && !startsLikeHttp()) {
        throw new LoadFailure("the server does not speak HTTP/1.1; it starts with: " + headText());
      }
      if (b == '\n' && endsWithEmptyLine()) {
        readHead(headText());
        return at;
      }
    }
    return at;
  }

  private boolean startsLikeHttp() {
    return headLength > 9 && headText().startsWith("HTTP/1.");
  }

  private String headText() {
    return new String(head, 0, headLength, StandardCharsets.ISO_8859_1);
  }

  private boolean endsWithEmptyLine() {
    int before = headLength - 2;
    if (before >= 0 && head[before] == '\r') {
      before--;
    }
    return before >= 0 && head[before] == '\n';
  }

  private void readHead(String text) throws IOException, LoadFailure {
    headLength = 0;
    String[] lines = text.split("\r?\n");
    String[] status = lines[0].split(" ", 3);
    if (status.length < 2) {
      throw new LoadFailure("the response has no status: " + lines[0]);
    }
    if (status[1].startsWith("1")) {
      return;
    }
    if (!status[1].equals("200")) {
      String location = field(lines, "location");
      throw new LoadFailure(
          "the server answered '"
              + lines[0].substring(status[0].length() + 1)
              + "' instead of 200"
              + (location.isEmpty() ? "" : "; it redirects to " + location));
    }
    String type = field(lines, "content-type");
    if (!type.toLowerCase(Locale.ROOT).split(";", 2)[0].strip().equals("text/event-stream")) {
      throw new LoadFailure(
          "the server answered with "
              + (type.isEmpty() ? "no content type" : "the content type '" + type + "'")
              + " instead of text/event-stream");
    }
    readFraming(lines);
    head = new byte[0];
    headRead = true;
  }

  private void readFraming(String[] lines) throws IOException, LoadFailure {
    String encoding = field(lines, "content-encoding").toLowerCase(Locale.ROOT);
    if (encoding.equals("gzip") || encoding.equals("x-gzip")) {
      gunzip = new Gunzip();
    } else if (!encoding.isEmpty() && !encoding.equals("identity")) {
      throw new LoadFailure("the server answered with the content encoding '" + encoding + "'");
    }
    String transfer = field(lines, "transfer-encoding").toLowerCase(Locale.ROOT);
    String length = field(lines, "content-length");
    if (transfer.equals("chunked")) {
      state = State.CHUNK_SIZE;
    } else if (!transfer.isEmpty()) {
      throw new LoadFailure("the server answered with the transfer encoding '" + transfer + "'");
    } else if (length.isEmpty()) {
      remaining = Long.MAX_VALUE;
      state = State.BODY;
    } else {
      // Digits only (RFC 9110 §8.6). parseLong would also accept a sign.
      if (!length.matches("[0-9]{1,18}")) {
        throw new ProtocolException("the content length is '" + length + "'");
      }
      remaining = Long.parseLong(length);
      state = remaining == 0 ? State.END : State.BODY;
    }
  }

  /** Returns the value of a field; empty if there is none. */
  private static String field(String[] lines, String name) {
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon == name.length() && line.regionMatches(true, 0, name, 0, colon)) {
        return line.substring(colon + 1).strip();
      }
    }
    return "";
  }

  private int chunkSize(ByteBuffer in, int from, int to) throws IOException {
    int at = from;
    long size = remaining;
    while (at < to) {
      byte b = in.get(at++);
      int digit = hexDigit(b);
      if (digit >= 0) {
        size = (size << 4) | digit;
        if (size > Integer.MAX_VALUE) {
          throw new ProtocolException("a chunk is longer than 2 GiB");
        }
      } else if (b == '\n') {
        remaining = size;
        endOfChunkLine();
        return at;
      } else if (b == ';' || b == '\r' || b == ' ' || b == '\t') {
        state = State.CHUNK_EXTENSION;
        break;
      } else {
        throw new ProtocolException("a chunk size contains the byte " + b);
      }
    }
    remaining = size;
    return at;
  }

  /** Returns the value of a digit; -1 if the byte is not a digit. */
  private static int hexDigit(byte b) {
    if (b >= '0' && b <= '9') {
      return b - '0';
    }
    int lower = b | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }

  private int chunkExtension(ByteBuffer in, int from, int to) {
    for (int at = from; at < to; at++) {
      if (in.get(at) == '\n') {
        endOfChunkLine();
        return at + 1;
      }
    }
    return to;
  }

  private void endOfChunkLine() {
    state = remaining == 0 ? State.TRAILER : State.CHUNK;
  }

  private int body(ByteBuffer in, int from, int to) throws IOException {
    int end = remaining < to - from ? from + (int) remaining : to;
    if (gunzip == null) {
      body.scan(in, from, end);
    } else {
      gunzip.inflate(in, from, end, inflated, body);
    }
    if (remaining != Long.MAX_VALUE) {
      remaining -= end - from;
      if (remaining == 0) {
        state = state == State.CHUNK ? State.CHUNK_END : State.END;
      }
    }
    return end;
  }

  private int trailer(ByteBuffer in, int from, int to) {
    for (int at = from; at < to; at++) {
      byte b = in.get(at);
      if (b == '\n') {
        if (trailerLine == 0) {
          state = State.END;
          return to;
        }
        trailerLine = 0;
      } else if (b != '\r') {
        trailerLine++;
      }
    }
    return to;
  }
}
