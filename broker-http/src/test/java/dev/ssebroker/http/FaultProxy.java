package dev.ssebroker.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A proxy between clients and a server that fails as networks do when a test asks for it. Its
 * methods may be called by any thread.
 */
final class FaultProxy implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 * 1024;

  private final InetSocketAddress target;
  private final ServerSocket listening;
  private final Set<Link> open = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<Link> accepted = new LinkedBlockingQueue<>();

  FaultProxy(SseServer server) throws IOException {
    target = server.address();
    listening = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("fault-acceptor").start(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listening.getLocalSocketAddress();
  }

  /** Waits for the next client. Returns the links in the order in which clients connect. */
  Link next() throws InterruptedException {
    return Objects.requireNonNull(accepted.poll(10, TimeUnit.SECONDS), "no client has connected");
  }

  private void accept() {
    try {
      while (true) {
        Link link = new Link(listening.accept());
        open.add(link);
        accepted.add(link);
        Thread.ofVirtual().name("fault-up").start(link::passUp);
        Thread.ofVirtual().name("fault-down").start(link::passDown);
      }
    } catch (IOException e) {
      // The proxy is closed.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Link link : open) {
      link.close();
    }
  }

  /** One client's connection to the proxy and the proxy's connection to the server. */
  final class Link {
    private final Socket client;
    private final Socket server;
    private final AtomicInteger directions = new AtomicInteger(2);
    private volatile CountDownLatch reading = new CountDownLatch(0);
    private volatile CountDownLatch ending = new CountDownLatch(0);
    private volatile int piece = BUFFER_BYTES;

    private Link(Socket client) throws IOException {
      this.client = client;
      server = new Socket(target.getAddress(), target.getPort());
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
    }

    /** Passes on at most one more read of the server's bytes. */
    void stopReading() {
      reading = new CountDownLatch(1);
    }

    void resumeReading() {
      reading.countDown();
    }

    /** Passes on each byte with a write of its own. */
    void byteByByte() {
      piece = 1;
    }

    /** Delays the end of each side. */
    void delayEnds() {
      ending = new CountDownLatch(1);
    }

    void releaseEnds() {
      ending.countDown();
    }

    /** Closes the client's side towards the server. The client stays connected. */
    void halfClose() throws IOException {
      server.shutdownOutput();
    }

    /** Resets both connections. */
    void reset() throws IOException {
      server.setSoLinger(true, 0);
      client.setSoLinger(true, 0);
      close();
    }

    void close() throws IOException {
      open.remove(this);
      reading.countDown();
      ending.countDown();
      server.close();
      client.close();
    }

    private void passUp() {
      pass(client, server, false);
    }

    private void passDown() {
      pass(server, client, true);
    }

    private void pass(Socket from, Socket to, boolean down) {
      try {
        copy(from.getInputStream(), to.getOutputStream(), down);
      } catch (IOException e) {
        // One of the sockets broke, which ends the other direction as well.
      }
      await(ending);
      try {
        if (directions.decrementAndGet() == 0) {
          close();
        } else {
          to.shutdownOutput();
        }
      } catch (IOException e) {
        // It has ended.
      }
    }

    private void copy(InputStream in, OutputStream out, boolean down) throws IOException {
      byte[] bytes = new byte[BUFFER_BYTES];
      int length = in.read(bytes);
      while (length >= 0) {
        write(out, bytes, length);
        if (down) {
          await(reading);
        }
        length = in.read(bytes);
      }
    }

    /** Discards bytes for a client that has disconnected, as a network does. */
    private void write(OutputStream out, byte[] bytes, int length) {
      int step = piece;
      try {
        for (int from = 0; from < length; from += step) {
          out.write(bytes, from, Math.min(step, length - from));
        }
      } catch (IOException e) {
        // The thread that reads from it notices its end.
      }
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
