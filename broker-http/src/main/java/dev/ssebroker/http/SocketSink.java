package dev.ssebroker.http;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * The stream's side of a socket: the response head together with the first batch, then each batch
 * with one write, as one chunk where the client understands chunks.
 */
final class SocketSink implements Sink {
  private static final byte[] NOTHING = {};
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Socket socket;
  private final boolean chunked;

  /** Empty once it is written. Used by the writer's thread only. */
  private byte[] head;

  SocketSink(Socket socket, byte[] head, boolean chunked) {
    this.socket = socket;
    this.head = head;
    this.chunked = chunked;
  }

  @Override
  public void write(Batch batch) throws IOException {
    int length = batch.length();
    byte[] chunkSize = chunked ? chunkSize(length) : NOTHING;
    byte[] chunkEnd = chunked ? CRLF : NOTHING;
    byte[] bytes = new byte[head.length + chunkSize.length + length + chunkEnd.length];
    System.arraycopy(head, 0, bytes, 0, head.length);
    System.arraycopy(chunkSize, 0, bytes, head.length, chunkSize.length);
    batch.copyTo(bytes, head.length + chunkSize.length);
    System.arraycopy(chunkEnd, 0, bytes, bytes.length - chunkEnd.length, chunkEnd.length);
    head = NOTHING;
    socket.getOutputStream().write(bytes);
  }

  /** RFC 9112 §7.1. */
  private static byte[] chunkSize(int length) {
    return (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void end() throws IOException {
    if (chunked) {
      socket.getOutputStream().write(LAST_CHUNK);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
