package dev.ssebroker.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/** A server that runs a script for each client, on a thread of its own. */
final class ScriptedServer implements AutoCloseable {
  /** The head of an event stream that ends with the connection. */
  static final String HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

  /** Serves a client whose request has arrived. The connection is closed afterwards. */
  @FunctionalInterface
  interface Script {
    void serve(Client client) throws IOException;
  }

  private final ServerSocket listener;
  private final Thread acceptor;

  private ScriptedServer(ServerSocket listener, Thread acceptor) {
    this.listener = listener;
    this.acceptor = acceptor;
  }

  static ScriptedServer start(Script script) throws IOException {
    ServerSocket listener =
        new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    Thread acceptor =
        Thread.ofVirtual()
            .start(() -> {
              while (!listener.isClosed()) {
                try {
                  Socket socket = listener.accept();
                  Thread.ofVirtual().start(() -> serve(socket, script));
                } catch (IOException e) {
                  // The server is closed.
                }
              }
            });
    return new ScriptedServer(listener, acceptor);
  }

  int port() {
    return listener.getLocalPort();
  }

  private static void serve(Socket socket, Script script) {
    try (socket) {
      InputStream in = socket.getInputStream();
      StringBuilder request = new StringBuilder();
      while (request.indexOf("\r\n\r\n") < 0) {
        int b = in.read();
        if (b < 0) {
          return;
        }
        request.append((char) b);
      }
      script.serve(new Client(socket, request.toString()));
    } catch (IOException e) {
      // The client has disconnected, which ends the script.
    }
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
  }

  /** The connection of a client. */
  static final class Client {
    private final Socket socket;
    private final String request;

    private Client(Socket socket, String request) {
      this.socket = socket;
      this.request = request;
    }

    /** Returns the number in Last-Event-ID, or a default. */
    int lastEventId(int defaultId) {
      String name = "\r\nLast-Event-ID: ";
      int from = request.indexOf(name);
      return from < 0
          ? defaultId
          : Integer.parseInt(
              request.substring(from + name.length(), request.indexOf("\r\n", from + 2)));
    }

    void send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Sends an event with a mark. */
    void sendEvent(int sequence) throws IOException {
      send("data: T=" + EpochClock.nanos() + ";N=" + sequence + ";\n\n");
    }

    /** Sends an event with a mark without a sequence. */
    void sendEvent() throws IOException {
      send("data: T=" + EpochClock.nanos() + ";\n\n");
    }

    /** Waits between two events. */
    void pause() {
      LockSupport.parkNanos(5_000_000);
    }

    /** Sends nothing more until the client disconnects. */
    void fallSilent() throws IOException {
      while (socket.getInputStream().read() >= 0) {}
    }

    boolean isGone() {
      return socket.isClosed();
    }
  }
}
