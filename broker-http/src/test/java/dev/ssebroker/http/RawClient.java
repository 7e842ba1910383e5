package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A socket to the server that sends and reads exactly what a test needs. */
final class RawClient implements AutoCloseable {
  final Socket socket;
  private final InputStream in;

  RawClient(SseServer server) throws IOException {
    this(server.address());
  }

  RawClient(InetSocketAddress address) throws IOException {
    this(new Socket(address.getAddress(), address.getPort()));
  }

  RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(10_000);
    in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
  }

  RawClient send(String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
    return this;
  }

  /** Requests one path and the end of the connection after the answer. */
  RawClient get(String path) throws IOException {
    return send("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  }

  /** Waits for the first chunk of a stream. */
  RawClient awaitStream() throws IOException {
    readThrough("\n:\n\n\r\n");
    return this;
  }

  /** Reads up to and including the next occurrence of the mark. */
  String readThrough(String mark) throws IOException {
    byte[] end = mark.getBytes(UTF_8);
    int matched = 0;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (matched < end.length) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("the stream ended after: " + bytes.toString(UTF_8));
      }
      bytes.write(b);
      matched = (byte) b == end[matched] ? matched + 1 : (byte) b == end[0] ? 1 : 0;
    }
    return bytes.toString(UTF_8);
  }

  /** Reads the bytes of one write of the server. Loopback keeps small writes whole. */
  String readOnce() throws IOException {
    byte[] bytes = new byte[64 * 1024];
    int length = in.read(bytes);
    return length < 0 ? "" : new String(bytes, 0, length, UTF_8);
  }

  String readToEnd() throws IOException {
    return new String(in.readAllBytes(), UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
