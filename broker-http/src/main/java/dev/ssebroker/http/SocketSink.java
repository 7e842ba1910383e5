package dev.ssebroker.http;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes a stream to a socket: the response head together with the first batch, then each batch
 * with one write. Each write is one chunk if the client understands chunks.
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

  // Bytes before the first batch. Empty once they are written. Used by the writer's thread only.
  private byte[] head;
  private byte[] prelude;

  /**
   * Creates the sink of a stream.
   *
   * @param socket its output is shut down after the last byte
   * @param out where the bytes go
   * @param transport closed to free a blocked write; under TLS this is not the socket, whose close
   *     would wait for the write
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
    byte[] bytes = Arrays.copyOf(header, header.length + encoded.length);
    System.arraycopy(encoded, 0, bytes, header.length, encoded.length);
    return bytes;
  }

  @Override
  public void write(Batch batch) throws IOException {
    byte[] compressed = gzip == null ? NOTHING : gzip.encode(batch);
    int length = prelude.length + (gzip == null ? batch.length() : compressed.length);
    ByteBuffer bytes = buffer(head.length + framedLength(length));
    bytes.put(head);
    beginChunk(length, bytes);
    bytes.put(prelude);
    if (gzip == null) {
      batch.copyTo(bytes);
    } else {
      bytes.put(compressed);
    }
    endChunk(bytes);
    head = NOTHING;
    prelude = NOTHING;
    write(bytes);
  }

  private ByteBuffer buffer(int length) {
    return out instanceof WatchedSocket
        ? WatchedSocket.buffer(length)
        : ByteBuffer.allocate(length);
  }

  private void write(ByteBuffer bytes) throws IOException {
    if (out instanceof WatchedSocket watched) {
      watched.write(bytes);
    } else {
      out.write(bytes.array(), bytes.arrayOffset(), bytes.position());
    }
  }

  // A chunk is its size in hexadecimal digits, a line end, the bytes, and a line end (RFC 9112
  // §7.1).

  private int framedLength(int length) {
    return chunked ? hexDigits(length) + length + 2 * CRLF.length : length;
  }

  private static int hexDigits(int number) {
    return (Integer.SIZE + 3 - Integer.numberOfLeadingZeros(number)) / 4;
  }

  private void beginChunk(int length, ByteBuffer target) {
    if (chunked) {
      for (int shift = 4 * (hexDigits(length) - 1); shift >= 0; shift -= 4) {
        target.put((byte) Character.forDigit(length >>> shift & 15, 16));
      }
      target.put(CRLF);
    }
  }

  private void endChunk(ByteBuffer target) {
    if (chunked) {
      target.put(CRLF);
    }
  }

  @Override
  public void end() throws IOException {
    byte[] trailer = gzip == null ? NOTHING : gzip.trailer();
    byte[] last = chunked ? LAST_CHUNK : NOTHING;
    int framed = trailer.length == 0 ? 0 : framedLength(trailer.length);
    ByteBuffer bytes = buffer(framed + last.length);
    if (framed > 0) {
      beginChunk(trailer.length, bytes);
      bytes.put(trailer);
      endChunk(bytes);
    }
    bytes.put(last);
    write(bytes);
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    transport.close();
  }
}
