package dev.ssebroker.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Clients of event streams on this machine. One platform thread reads for all of them, into one
 * buffer, and counts the events of each client with a {@link Bursts.Tally}.
 *
 * <p>The end of a stream, a response that is not a stream, and a gap notice fail the bursts.
 */
final class SocketClients {
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final int TIMEOUT_SECONDS = 60;
  private static final byte[] REQUEST =
      "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  /** The buffer for decompression, which the clients do not request. */
  private static final ByteBuffer NO_BUFFER = ByteBuffer.allocate(0);

  private final Selector selector;
  private final Bursts bursts;
  private final CountDownLatch responses;
  private final Thread thread = new Thread(this::run, "socket-clients");

  /** Used by the thread that connects and closes. */
  private final List<SocketChannel> channels = new ArrayList<>();

  /** Used by the reading thread only. */
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** Written by the thread that closes. */
  private volatile boolean closed;

  private SocketClients(Selector selector, int clients, Bursts bursts) {
    this.selector = selector;
    this.bursts = bursts;
    this.responses = new CountDownLatch(clients);
    thread.setDaemon(true);
  }

  /**
   * Connects, and waits until every client has received the head of its response, and is thus
   * subscribed, or has failed.
   *
   * @param server a server on which every path is an event stream of events with marks
   * @param clients the number of clients
   * @param bursts counts the received events
   * @throws IOException if a connection fails
   * @throws IllegalStateException if a client has no response within a minute
   */
  static SocketClients connect(InetSocketAddress server, int clients, Bursts bursts)
      throws IOException, InterruptedException {
    SocketClients connected = new SocketClients(Selector.open(), clients, bursts);
    connected.thread.start();
    for (int i = 0; i < clients; i++) {
      connected.add(SocketChannel.open(server));
    }
    if (!connected.responses.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "%d of %d clients have no response".formatted(connected.responses.getCount(), clients));
    }
    return connected;
  }

  private void add(SocketChannel channel) throws IOException {
    channels.add(channel);
    channel.write(ByteBuffer.wrap(REQUEST));
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ, new Client(channel));
    selector.wakeup();
  }

  private void run() {
    try {
      while (!closed) {
        selector.select(this::read);
      }
    } catch (IOException | RuntimeException e) {
      bursts.fail(e);
    }
  }

  private void read(SelectionKey key) {
    try {
      ((Client) key.attachment()).read();
    } catch (IOException | LoadFailure e) {
      key.cancel();
      bursts.fail(e);
      // connect must not wait for this client.
      responses.countDown();
    }
  }

  /** Disconnects all clients. */
  void close() throws IOException, InterruptedException {
    closed = true;
    selector.wakeup();
    thread.join();
    for (SocketChannel channel : channels) {
      channel.close();
    }
    selector.close();
  }

  /** One connection. Used by the reading thread only. */
  private final class Client implements EventScanner.Listener {
    private final SocketChannel channel;
    private final ResponseReader response = new ResponseReader(new EventScanner(this), NO_BUFFER);
    private final Bursts.Tally tally = bursts.newTally();

    Client(SocketChannel channel) {
      this.channel = channel;
    }

    void read() throws IOException, LoadFailure {
      if (channel.read(buffer.clear()) < 0) {
        throw new EOFException("the server closed a connection");
      }
      boolean hadHead = response.hasHead();
      response.read(buffer.flip());
      if (!hadHead && response.hasHead()) {
        responses.countDown();
      }
      if (response.isEnded()) {
        throw new ProtocolException("the server ended a stream");
      }
    }

    @Override
    public void event(long time, long sequence) {
      tally.add(1);
    }

    @Override
    public void gap() {
      bursts.fail(new IllegalStateException("a client has missed events"));
    }
  }
}
