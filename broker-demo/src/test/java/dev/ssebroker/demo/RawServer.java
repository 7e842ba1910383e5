package dev.ssebroker.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Answers each request with the next of some raw responses. */
final class RawServer implements AutoCloseable {
  private static final String RECEIPT =
      "{\"id\":\"a-1\",\"queued\":2,\"replaying\":0,\"dropped\":0}\n";

  private final ServerSocket listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  private final List<String> responses;
  final List<String> requests = new CopyOnWriteArrayList<>();

  RawServer(String... responses) throws IOException {
    this.responses = List.of(responses);
    Thread.ofVirtual().name("raw-server").start(this::serve);
  }

  static String receipt() {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(RECEIPT.length(), RECEIPT);
  }

  /** Keeps the connection open until the next request, which gets no response. */
  static String keptReceipt() {
    return "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(RECEIPT.length(), RECEIPT);
  }

  String url() {
    return "http://127.0.0.1:" + listening.getLocalPort();
  }

  private void serve() {
    try {
      while (requests.size() < responses.size()) {
        try (Socket socket = listening.accept()) {
          requests.add(request(socket.getInputStream()));
          String response = responses.get(requests.size() - 1);
          socket.getOutputStream().write(response.getBytes(US_ASCII));
          if (response.equals(keptReceipt())) {
            requests.add(request(socket.getInputStream()));
          }
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  /** Reads a head and a body of one byte. */
  private static String request(InputStream in) throws IOException {
    String head = ScriptedUpstream.readRequest(in);
    int unused = in.read();
    return head;
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
