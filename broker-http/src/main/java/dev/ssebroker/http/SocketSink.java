package dev.ssebroker.http;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The stream's side of a socket: the response head together with the first batch, then each batch
 * with one write, as one chunk where the client understands chunks.
 */
final class SocketSink implements Sink {
  private static final byte[] NOTHING = {};
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Socket socket;
  private final OutputStream out;
  private final Closeable transport;
  private final boolean chunked;
  private final @Nullable GzipStream gzip;

  // What goes before the first batch. Empty once it is written. Used by the writer's thread only.
  private byte[] head;
  private byte[] prelude;

  /**
   * Makes the sink of a stream.
   *
   * @param socket whose output is shut down behind the last byte
   * @param out where the bytes go
   * @param transport what is closed to free a blocked write; under TLS that is not the socket,
   *     whose closing would wait for the write
   * @param prelude the first bytes of the body
   * @param gzip null if the stream is not compressed
   */
  SocketSink(
      Socket socket,
      OutputStream out,
      Closeable transport,
      byte[] head,
      byte[] prelude,
      boolean chunked,
      @Nullable GzipStream gzip) {
    this.socket = socket;
    this.out = out;
    this.transport = transport;
    this.head = head;
    this.prelude = gzip == null ? prelude : begin(gzip, prelude);
    this.chunked = chunked;
    this.gzip = gzip;
  }

  private static byte[] begin(GzipStream gzip, byte[] prelude) {
    byte[] header = GzipStream.header();
    byte[] encoded = gzip.encode(prelude);
    byte[] bytes = new byte[header.length + encoded.length];
    put(encoded, bytes, put(header, bytes, 0));
    return bytes;
  }

  @Override
  public void write(Batch batch) throws IOException {
    byte[] compressed = gzip == null ? NOTHING : gzip.encode(batch);
    int length = prelude.length + (gzip == null ? batch.length() : compressed.length);
    byte[] bytes = new byte[head.length + framedLength(length)];
    int at = put(head, bytes, 0);
    at = beginChunk(length, bytes, at);
    at = put(prelude, bytes, at);
    if (gzip == null) {
      batch.copyTo(bytes, at);
    } else {
      put(compressed, bytes, at);
    }
    endChunk(bytes, bytes.length);
    head = NOTHING;
    prelude = NOTHING;
    out.write(bytes);
  }

  /** Returns the place behind what was put. */
  private static int put(byte[] part, byte[] target, int offset) {
    System.arraycopy(part, 0, target, offset, part.length);
    return offset + part.length;
  }

  // A chunk is its size in hexadecimal digits and a line end, the bytes, and a line end (RFC 9112
  // §7.1).

  private int framedLength(int length) {
    return chunked ? hexDigits(length) + length + 2 * CRLF.length : length;
  }

  private static int hexDigits(int number) {
    return (Integer.SIZE + 3 - Integer.numberOfLeadingZeros(number)) / 4;
  }

  private int beginChunk(int length, byte[] target, int offset) {
    if (!chunked) {
      return offset;
    }
    int end = offset + hexDigits(length);
    int rest = length;
    for (int at = end - 1; at >= offset; at--) {
      target[at] = (byte) Character.forDigit(rest & 15, 16);
      rest >>>= 4;
    }
    return put(CRLF, target, end);
  }

  private void endChunk(byte[] target, int end) {
    if (chunked) {
      put(CRLF, target, end - CRLF.length);
    }
  }

  @Override
  public void end() throws IOException {
    byte[] trailer = gzip == null ? NOTHING : gzip.trailer();
    byte[] last = chunked ? LAST_CHUNK : NOTHING;
    int framed = trailer.length == 0 ? 0 : framedLength(trailer.length);
    byte[] bytes = new byte[framed + last.length];
    if (framed > 0) {
      put(trailer, bytes, beginChunk(trailer.length, bytes, 0));
      endChunk(bytes, framed);
    }
    put(last, bytes, framed);
    out.write(bytes);
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    transport.close();
  }
}
