package dev.ssebroker.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Accepts every request for a stream, from any origin, and then sends only what a test tells it to.
 */
final class SilentServer implements AutoCloseable {
  private static final String HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nAccess-Control-Allow-Origin: *\r\n\r\n";

  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> streams = new CopyOnWriteArrayList<>();

  SilentServer() throws IOException {
    Thread.ofVirtual().start(this::accept);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        Thread.ofVirtual().start(() -> answer(socket));
      } catch (IOException e) {
        // The server is closed.
      }
    }
  }

  /** Reads the request and sends the head. A browser may open a connection without a request. */
  private void answer(Socket socket) {
    try {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      String line = lines.readLine();
      while (line != null && !line.isEmpty()) {
        line = lines.readLine();
      }
      if (line != null) {
        socket.getOutputStream().write(HEAD.getBytes(US_ASCII));
        streams.add(socket);
      }
    } catch (IOException e) {
      // The browser has disconnected.
    }
  }

  String url() {
    return "http://127.0.0.1:" + listener.getLocalPort() + "/";
  }

  /** Returns the number of streams so far. */
  int streams() {
    return streams.size();
  }

  void send(String bytes) {
    try {
      streams.getLast().getOutputStream().write(bytes.getBytes(US_ASCII));
    } catch (IOException e) {
      // The browser has disconnected, which the number of streams shows.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket stream : streams) {
      stream.close();
    }
  }
}
