package dev.ssebroker.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/** A server that does to each client, on a thread of its own, what a script says. */
final class ScriptedServer implements AutoCloseable {
  /** What begins an event stream that the end of the connection ends. */
  static final String HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

  /** What is done to a client whose request has arrived; it is closed afterwards. */
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
                  // It has been closed.
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
      // The client has gone, and the script is over.
    }
  }

  /** Returns when nobody listens any more, which takes the acceptor to have left. */
  @Override
  public void close() throws IOException {
    listener.close();
    try {
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A client, for the script. */
  static final class Client {
    private final Socket socket;
    private final String request;

    private Client(Socket socket, String request) {
      this.socket = socket;
      this.request = request;
    }

    /** The number that the client sent as its Last-Event-ID, the other one if it sent none. */
    int lastEventId(int otherwise) {
      String name = "\r\nLast-Event-ID: ";
      int from = request.indexOf(name);
      return from < 0
          ? otherwise
          : Integer.parseInt(
              request.substring(from + name.length(), request.indexOf("\r\n", from + 2)));
    }

    void send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Sends an event with the marks of a ticker. */
    void sendEvent(int sequence) throws IOException {
      send("data: T=" + EpochClock.nanos() + ";N=" + sequence + ";\n\n");
    }

    /** Sends an event whose mark has no sequence. */
    void sendEvent() throws IOException {
      send("data: T=" + EpochClock.nanos() + ";\n\n");
    }

    /** The rate of a ticker. */
    void pause() {
      LockSupport.parkNanos(5_000_000);
    }

    /** Sends nothing more, until the client goes. */
    void fallSilent() throws IOException {
      while (socket.getInputStream().read() >= 0) {}
    }

    boolean isGone() {
      return socket.isClosed();
    }
  }
}
