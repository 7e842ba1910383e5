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
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The lower bound of the cost of a server. One thread writes the same bytes as a {@link
 * TickerServer} to one socket after the other. There are no queues, topics or limits, and one
 * client that does not read blocks all others.
 *
 * <p>The system property {@code together}, from 1 to 1,000,000 with a default of 1, is the number
 * of events per write. At high rates this is the lower bound for servers that batch events.
 *
 * <p>If the system property {@code writers} is true, each client has a virtual thread that parks
 * until there is an event, and writes it. This is the lower bound for servers with a virtual thread
 * for each client.
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

  /** Used by the ticker's thread only, until it has ended. */
  private final List<SocketChannel> clients = new ArrayList<>();

  private final int together;
  private final boolean writers;

  /** The events of the next write. Used by the ticker's thread only. */
  private final ByteArrayOutputStream events = new ByteArrayOutputStream();

  private final Ticker ticker;
  private long count;

  /** The writers of the clients, if they have some. Used as the clients are. */
  private final List<Thread> threads = new ArrayList<>();

  /** The last chunk that the writers were given. Used by the ticker's thread only. */
  private Chunk newest = new Chunk(ByteBuffer.allocate(0));

  /** Bytes that all writers write, and the next ones. */
  private static final class Chunk {
    final ByteBuffer bytes;
    volatile @Nullable Chunk next;

    Chunk(ByteBuffer bytes) {
      this.bytes = bytes;
    }
  }

  private RawLoop(ServerSocketChannel listener, int rate, int size, int together, boolean writers) {
    this.listener = listener;
    this.together = together;
    this.writers = writers;
    this.ticker = Ticker.start(rate, size, this::publish);
  }

  /**
   * Starts the server and its ticker.
   *
   * @param port the port to listen on; 0 for a free one
   * @param rate the events per second
   * @param size the bytes of padding in each event
   * @param together the number of events per write
   * @param writers whether each client has a thread
   * @return the server
   * @throws IOException if the server cannot listen on the port
   */
  static RawLoop start(int port, int rate, int size, int together, boolean writers)
      throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open();
    try {
      listener.bind(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port),
          BACKLOG);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    RawLoop loop = new RawLoop(listener, rate, size, together, writers);
    new Thread(loop::accept, "accept").start();
    return loop;
  }

  int port() {
    return listener.socket().getLocalPort();
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        admit(listener.accept());
      } catch (IOException e) {
        // The client has disconnected, or the server is closed.
      }
    }
  }

  private void admit(SocketChannel client) throws IOException {
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

  /** Reads a request. Returns whether it is for the events. */
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
      if (writers) {
        startWriter(client, newest);
      }
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
    if (writers) {
      Chunk last = newest;
      newest = new Chunk(chunk);
      last.next = newest;
      threads.forEach(LockSupport::unpark);
      return;
    }
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

  private void startWriter(SocketChannel client, Chunk begin) {
    threads.add(
        Thread.ofVirtual()
            .start(() -> {
              try {
                writeAfter(begin, client);
              } catch (IOException e) {
                closeQuietly(client);
              }
            }));
  }

  private static void writeAfter(Chunk begin, SocketChannel client) throws IOException {
    Chunk last = begin;
    while (client.isOpen()) {
      Chunk next = last.next;
      if (next == null) {
        LockSupport.park();
      } else {
        client.write(next.bytes.duplicate());
        last = next;
      }
    }
  }

  private static void closeQuietly(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      // The channel is closed anyway.
    }
  }

  @Override
  public void close() throws IOException {
    ticker.close();
    listener.close();
    clients.forEach(RawLoop::closeQuietly);
    threads.forEach(LockSupport::unpark);
    joining.forEach(RawLoop::closeQuietly);
  }

  /**
   * Runs the server until the process is stopped.
   *
   * @param args PORT RATE SIZE
   */
  public static void main(String[] args) {
    TickerCommand.run(
        "RawLoop",
        args,
        (port, rate, size) -> {
          int together =
              TickerCommand.number("together", System.getProperty("together", "1"), 1, 1_000_000);
          return start(port, rate, size, together, Boolean.getBoolean("writers")).port();
        });
  }
}
