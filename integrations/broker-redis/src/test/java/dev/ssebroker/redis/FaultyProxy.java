package dev.ssebroker.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Stands between a log and Redis, and fails as networks do when a test asks for it. */
final class FaultyProxy implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final int target;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private ServerSocket listening;
  private Thread accepting;

  /** The request whose answer is lost next; null if none. */
  private volatile @Nullable String losing;

  /** The request that is delayed back next; null if none. */
  private volatile @Nullable String delaying;

  private volatile CountDownLatch lost = new CountDownLatch(1);
  private volatile CountDownLatch delayed = new CountDownLatch(1);
  private volatile CountDownLatch release = new CountDownLatch(1);
  private volatile CountDownLatch delivered = new CountDownLatch(1);
  private volatile CountDownLatch passing = new CountDownLatch(0);

  FaultyProxy(RedisServer server) throws IOException {
    this.target = server.port();
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.port = listening.getLocalPort();
    this.accepting = listen(listening);
  }

  String uri() {
    return "redis://127.0.0.1:" + port;
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  /**
   * Passes the next request that has this text on, and breaks the connection when it is answered.
   */
  void loseAnswerTo(String request) {
    lost = new CountDownLatch(1);
    losing = request;
  }

  /** Waits until an answer has been lost. */
  void awaitLost() throws InterruptedException {
    lost.await();
  }

  /** Keeps the next request that has this text until it is to be delivered, whoever waits. */
  void delay(String request) {
    delayed = new CountDownLatch(1);
    release = new CountDownLatch(1);
    delivered = new CountDownLatch(1);
    delaying = request;
  }

  void awaitDelayed() throws InterruptedException {
    delayed.await();
  }

  /** Delivers what was delayed back, and returns when it is answered. */
  void deliver() throws InterruptedException {
    release.countDown();
    delivered.await();
  }

  /** From now on nothing passes, in neither direction. */
  void stall() {
    passing = new CountDownLatch(1);
  }

  void unstall() {
    passing.countDown();
  }

  /** Breaks all connections. */
  void cut() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
  }

  /** Breaks all connections, and makes no others. */
  void refuse() throws IOException {
    listening.close();
    try {
      // The port is free only then.
      accepting.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    cut();
  }

  void accept() throws IOException {
    listening = new ServerSocket();
    listening.setReuseAddress(true);
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    accepting = listen(listening);
  }

  @Override
  public void close() throws IOException {
    unstall();
    release.countDown();
    refuse();
  }

  private Thread listen(ServerSocket socket) {
    return Thread.ofVirtual().start(() -> acceptAll(socket));
  }

  private void acceptAll(ServerSocket socket) {
    try {
      while (true) {
        new Pair(socket.accept()).start();
      }
    } catch (IOException e) {
      // It refuses, or is closed.
    }
  }

  private final class Pair {
    private final Socket client;
    private final Socket server;
    private volatile boolean losesAnswer;
    private volatile boolean isDelayed;

    Pair(Socket client) throws IOException {
      this.client = client;
      this.server = new Socket(InetAddress.getLoopbackAddress(), target);
      open.add(client);
      open.add(server);
    }

    void start() {
      Thread.ofVirtual().start(() -> pass(client, server, true));
      Thread.ofVirtual().start(() -> pass(server, client, false));
    }

    private void pass(Socket from, Socket to, boolean up) {
      try (from) {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] bytes = new byte[BUFFER_BYTES];
        for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
          passing.await();
          if (up) {
            inspect(new String(Arrays.copyOf(bytes, length), ISO_8859_1).toLowerCase(Locale.ROOT));
          } else if (losesAnswer) {
            break;
          } else if (isDelayed) {
            delivered.countDown();
          }
          out.write(bytes, 0, length);
        }
      } catch (IOException e) {
        // The other side is told.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        end();
      }
    }

    private void inspect(String request) throws InterruptedException {
      if (losing != null && request.contains(losing)) {
        losing = null;
        losesAnswer = true;
      }
      if (delaying != null && request.contains(delaying)) {
        delaying = null;
        isDelayed = true;
        delayed.countDown();
        release.await();
      }
    }

    private void end() {
      try {
        client.close();
        if (!isDelayed) {
          server.close();
        }
      } catch (IOException e) {
        // It has ended.
      }
      open.remove(client);
      if (losesAnswer) {
        lost.countDown();
      }
    }
  }
}
