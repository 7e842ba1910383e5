package dev.ssebroker.redis;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** A TLS proxy for a Redis that was built without TLS. */
final class TlsProxy implements AutoCloseable {
  private final RedisServer server;
  private final SSLServerSocket listening;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  TlsProxy(RedisServer server, SSLContext context) throws IOException {
    this.server = server;
    this.listening =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        Socket redis = new Socket(InetAddress.getLoopbackAddress(), server.port());
        open.add(client);
        open.add(redis);
        Thread.ofVirtual().start(() -> pass(client, redis));
        Thread.ofVirtual().start(() -> pass(redis, client));
      }
    } catch (IOException e) {
      // The proxy is closed.
    }
  }

  private static void pass(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // The handshake failed, or one side is closed.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
