package dev.ssebroker.bench;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads one HTTP/1.1 answer (RFC 9112) that is an event stream, however it is cut: chunked, with a
 * length or ended by the connection's end, and compressed with gzip or not. One thread at a time.
 */
final class AnswerReader {
  private static final int MOST_HEAD_BYTES = 64 * 1024;

  /** What is given the answer's content. */
  interface Body {
    /**
     * Looks at the next bytes of the stream.
     *
     * @param in in little-endian order; its position and limit play no part and stay
     * @param from of the first byte
     * @param to behind the last one
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
  private boolean answered;
  private @Nullable Gunzip gunzip;

  /**
   * Creates a reader.
   *
   * @param body is given the stream's bytes
   * @param inflated room for uncompressed bytes, which readers of one thread may share;
   *     little-endian
   */
  AnswerReader(Body body, ByteBuffer inflated) {
    this.body = body;
    this.inflated = inflated;
  }

  /** Says whether the head has arrived, which was that of an event stream. */
  boolean isAnswered() {
    return answered;
  }

  /** Says whether the answer has come to its proper end. */
  boolean isEnded() {
    return state == State.END;
  }

  boolean isCompressed() {
    return gunzip != null;
  }

  /** Frees what the compression holds. */
  void close() {
    if (gunzip != null) {
      gunzip.close();
    }
  }

  /**
   * Takes the bytes from the buffer's position to its limit.
   *
   * @param in little-endian; has nothing remaining afterwards
   * @throws LoadFailure if the answer is not an event stream
   * @throws IOException if it is no proper HTTP, or no proper gzip
   */
  void take(ByteBuffer in) throws IOException, LoadFailure {
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
            throw new ProtocolException("a chunk is longer than it says");
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
        if (headLength >= MOST_HEAD_BYTES) {
          throw new LoadFailure("the server's answer has a head of more than 64 KiB");
        }
        head = Arrays.copyOf(head, 2 * headLength);
      }
      head[headLength++] = b;
      if (b == '\n' && !beginsLikeHttp()) {
        throw new LoadFailure("the server does not speak HTTP/1.1; it begins with: " + headText());
      }
      if (b == '\n' && endsWithEmptyLine()) {
        readHead(headText());
        return at;
      }
    }
    return at;
  }

  private boolean beginsLikeHttp() {
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
      throw new LoadFailure("the server's answer has no status: " + lines[0]);
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
              + (location.isEmpty() ? "" : "; it points to " + location));
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
    answered = true;
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
      // Digits only: a sign, which parseLong takes, is none of them (RFC 9110 §8.6).
      if (!length.matches("[0-9]{1,18}")) {
        throw new ProtocolException("the content length is '" + length + "'");
      }
      remaining = Long.parseLong(length);
      state = remaining == 0 ? State.END : State.BODY;
    }
  }

  /** Returns the field's value, empty if there is none. */
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
        throw new ProtocolException("a chunk's length has the byte " + b);
      }
    }
    remaining = size;
    return at;
  }

  /** Returns the digit's value, -1 if it is none. */
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
