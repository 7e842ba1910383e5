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

/** A proxy between a log and Redis that causes network failures on request. */
final class FaultyProxy implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final int target;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private ServerSocket listening;
  private Thread accepting;

  /** The text of the request whose answer to lose next; null if none. */
  private volatile @Nullable String losing;

  /** The text of the request to delay next; null if none. */
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

  /** Forwards the next request that contains this text, and breaks the connection at its answer. */
  void loseAnswerTo(String request) {
    lost = new CountDownLatch(1);
    losing = request;
  }

  /** Waits until an answer is lost. */
  void awaitLost() throws InterruptedException {
    lost.await();
  }

  /** Delays the next request that contains this text until {@link #deliver}. */
  void delay(String request) {
    delayed = new CountDownLatch(1);
    release = new CountDownLatch(1);
    delivered = new CountDownLatch(1);
    delaying = request;
  }

  void awaitDelayed() throws InterruptedException {
    delayed.await();
  }

  /** Delivers the delayed request, and waits for its answer. */
  void deliver() throws InterruptedException {
    release.countDown();
    delivered.await();
  }

  /** Forwards nothing in either direction, until {@link #unstall}. */
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

  /** Breaks all connections and refuses new ones, until {@link #accept}. */
  void refuse() throws IOException {
    listening.close();
    try {
      // The port is free after the thread has ended.
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
      // The proxy refuses connections, or is closed.
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
        // The other side is closed below.
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
        // The socket is closed already.
      }
      open.remove(client);
      if (losesAnswer) {
        lost.countDown();
      }
    }
  }
}
