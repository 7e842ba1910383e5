package dev.ssebroker.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.net.Socket;

/** Sends a raw request to a server that closes the connection after its response. */
final class RawRequest {
  private RawRequest() {}

  /** Returns the complete response. */
  static String send(SseServer server, String request) throws IOException {
    try (Socket socket = new Socket("localhost", server.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }
}
