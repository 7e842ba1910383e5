package dev.ssebroker.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The floor: what a {@link TickerServer} puts on the wire, by one thread that writes the same bytes
 * to one socket after the other. It has no queues, no topics, no limits, and one client that does
 * not read stops it for all.
 *
 * <p>The system property {@code together}, from 1 to 1,000,000, 1 unless set, has so many events
 * written at a time: at high rates that is the floor for servers whose writes gather what waits.
 */
public final class RawLoop implements AutoCloseable {
  private static final int BACKLOG = 4096;
  private static final int REQUEST_TIMEOUT_MILLIS = 1000;
  private static final byte[] HEAD =
      """
      HTTP/1.1 200 OK\r
      Connection: close\r
      Content-Type: text/event-stream\r
      Cache-Control: no-cache\r
      Transfer-Encoding: chunked\r
      \r
      """
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NOT_FOUND =
      "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final ServerSocketChannel listener;
  private final Queue<SocketChannel> joining = new ConcurrentLinkedQueue<>();

  /** Used by the ticker's thread only, until that has ended. */
  private final List<SocketChannel> clients = new ArrayList<>();

  private final int together;

  /** What is to be written together. Used by the ticker's thread only. */
  private final ByteArrayOutputStream events = new ByteArrayOutputStream();

  private final Ticker ticker;
  private long count;

  private RawLoop(ServerSocketChannel listener, int rate, int size, int together) {
    this.listener = listener;
    this.together = together;
    this.ticker = Ticker.start(rate, size, this::publish);
  }

  /**
   * Listens, and publishes from now on.
   *
   * @param port to listen on, 0 for a free one
   * @param rate events per second
   * @param size bytes of padding in each event
   * @param together how many events are written at a time
   * @return the server
   * @throws IOException if the port cannot be listened on
   */
  static RawLoop start(int port, int rate, int size, int together) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open();
    try {
      listener.bind(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port),
          BACKLOG);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    RawLoop loop = new RawLoop(listener, rate, size, together);
    new Thread(loop::accept, "accept").start();
    return loop;
  }

  int port() {
    return listener.socket().getLocalPort();
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        greet(listener.accept());
      } catch (IOException e) {
        // A client that went at once, or the end of all.
      }
    }
  }

  private void greet(SocketChannel client) throws IOException {
    try {
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      client.socket().setSoTimeout(REQUEST_TIMEOUT_MILLIS);
      boolean found = readRequest(client.socket().getInputStream());
      client.write(ByteBuffer.wrap(found ? HEAD : NOT_FOUND));
      if (found) {
        joining.add(client);
      } else {
        client.close();
      }
    } catch (IOException e) {
      client.close();
      throw e;
    }
  }

  /** Returns whether it is one for the events. */
  private static boolean readRequest(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    byte[] bytes = new byte[4096];
    while (head.indexOf("\r\n\r\n") < 0) {
      int length = in.read(bytes);
      if (length < 0) {
        return false;
      }
      head.append(new String(bytes, 0, length, StandardCharsets.ISO_8859_1));
    }
    return head.indexOf("GET /events ") == 0;
  }

  private void publish(String data) {
    for (SocketChannel client = joining.poll(); client != null; client = joining.poll()) {
      clients.add(client);
    }
    events.writeBytes(
        ("data: " + data + "\nid: floor-" + count++ + "\n\n").getBytes(StandardCharsets.US_ASCII));
    if (count % together > 0) {
      return;
    }
    ByteBuffer chunk = ByteBuffer.allocateDirect(events.size() + 12);
    chunk.put((Integer.toHexString(events.size()) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    chunk.put(events.toByteArray()).put((byte) '\r').put((byte) '\n').flip();
    events.reset();
    for (Iterator<SocketChannel> each = clients.iterator(); each.hasNext(); ) {
      SocketChannel client = each.next();
      try {
        client.write(chunk.rewind());
      } catch (IOException e) {
        each.remove();
        closeQuietly(client);
      }
    }
  }

  private static void closeQuietly(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      // It is gone, which is all that was wanted.
    }
  }

  @Override
  public void close() throws IOException {
    ticker.close();
    listener.close();
    clients.forEach(RawLoop::closeQuietly);
    joining.forEach(RawLoop::closeQuietly);
  }

  /**
   * Runs until it is stopped.
   *
   * @param args PORT RATE SIZE
   */
  public static void main(String[] args) {
    TickerCommand.run(
        "RawLoop",
        args,
        (port, rate, size) -> {
          String together = System.getProperty("together", "1");
          return start(port, rate, size, TickerCommand.number("together", together, 1, 1_000_000))
              .port();
        });
  }
}
