package dev.ssebroker.http;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.Closeable;
import java.io.IOException;
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
  private final Closeable transport;
  private final boolean chunked;
  private final @Nullable GzipStream gzip;

  // What goes before the first batch. Empty once it is written. Used by the writer's thread only.
  private byte[] head;
  private byte[] prelude;

  /**
   * Makes the sink of a stream.
   *
   * @param transport what is closed to free a blocked write; under TLS that is not the socket,
   *     whose closing would wait for the write
   * @param prelude the first bytes of the body
   * @param gzip null if the stream is not compressed
   */
  SocketSink(
      Socket socket,
      Closeable transport,
      byte[] head,
      byte[] prelude,
      boolean chunked,
      @Nullable GzipStream gzip) {
    this.socket = socket;
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
    byte[] size = chunked ? chunkSize(length) : NOTHING;
    byte[] end = chunked ? CRLF : NOTHING;
    byte[] bytes = new byte[head.length + size.length + length + end.length];
    int at = put(head, bytes, 0);
    at = put(size, bytes, at);
    at = put(prelude, bytes, at);
    if (gzip == null) {
      batch.copyTo(bytes, at);
    } else {
      put(compressed, bytes, at);
    }
    put(end, bytes, bytes.length - end.length);
    head = NOTHING;
    prelude = NOTHING;
    socket.getOutputStream().write(bytes);
  }

  /** Returns the place behind what was put. */
  private static int put(byte[] part, byte[] target, int offset) {
    System.arraycopy(part, 0, target, offset, part.length);
    return offset + part.length;
  }

  /** RFC 9112 §7.1. */
  private static byte[] chunkSize(int length) {
    return (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void end() throws IOException {
    byte[] trailer = gzip == null ? NOTHING : gzip.trailer();
    byte[] size = chunked && trailer.length > 0 ? chunkSize(trailer.length) : NOTHING;
    byte[] end = size.length > 0 ? CRLF : NOTHING;
    byte[] last = chunked ? LAST_CHUNK : NOTHING;
    byte[] bytes = new byte[size.length + trailer.length + end.length + last.length];
    int at = put(size, bytes, 0);
    at = put(trailer, bytes, at);
    at = put(end, bytes, at);
    put(last, bytes, at);
    socket.getOutputStream().write(bytes);
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    transport.close();
  }
}
