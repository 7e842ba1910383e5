package dev.ssebroker.demo;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server whose connections a test controls after their requests have arrived. */
final class ScriptedUpstream implements AutoCloseable {
  /** The head of an event stream that ends with the connection. */
  static final String STREAM =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

  /** The head of a chunked event stream. Without the last chunk, the stream is incomplete. */
  static final String CHUNKED =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

  private final ServerSocket listener =
      new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  private final BlockingQueue<Peer> peers = new LinkedBlockingQueue<>();
  private final Thread acceptor = Thread.ofVirtual().start(this::accept);

  ScriptedUpstream() throws IOException {}

  String url() {
    return "http://127.0.0.1:" + listener.getLocalPort() + "/stream";
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        peers.add(new Peer(socket, readRequest(socket.getInputStream())));
      } catch (IOException e) {
        // The server is closed, or the relay disconnected before it sent its request.
      }
    }
  }

  /** Reads a request head up to its empty line, as ISO 8859-1. */
  static String readRequest(InputStream in) throws IOException {
    StringBuilder request = new StringBuilder();
    while (request.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("the request is incomplete");
      }
      request.append((char) b);
    }
    return request.toString();
  }

  Peer next() throws InterruptedException, IOException {
    Peer peer = peers.poll(20, TimeUnit.SECONDS);
    if (peer == null) {
      throw new IOException("the relay has not connected");
    }
    return peer;
  }

  boolean hasMore() {
    return !peers.isEmpty();
  }

  /** Returns when the port is free, which requires that the accepting thread has ended. */
  @Override
  public void close() throws IOException {
    listener.close();
    try {
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Peer peer : peers) {
      peer.close();
    }
  }

  /** A connection of the relay, with its request as ISO 8859-1. */
  record Peer(Socket socket, String request) implements AutoCloseable {
    Peer send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      return this;
    }

    Peer chunk(String text) throws IOException {
      int length = text.getBytes(StandardCharsets.UTF_8).length;
      return send(Integer.toHexString(length) + "\r\n" + text + "\r\n");
    }

    /** Waits until the relay has closed the connection. */
    void awaitEnd() throws IOException {
      socket.setSoTimeout(20_000);
      while (socket.getInputStream().read() >= 0) {}
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
