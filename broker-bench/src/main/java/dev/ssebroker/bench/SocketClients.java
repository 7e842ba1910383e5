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
 * buffer, and counts each client's events with a {@link Bursts.Tally}.
 *
 * <p>A stream that ends, one that is none, and a notice of missed events fail the bursts.
 */
final class SocketClients {
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final int PATIENCE_SECONDS = 60;
  private static final byte[] REQUEST =
      "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  /** For what is compressed: nothing is, since nobody asks for it. */
  private static final ByteBuffer NO_BUFFER = ByteBuffer.allocate(0);

  private final Selector selector;
  private final Bursts bursts;
  private final CountDownLatch answers;
  private final Thread thread = new Thread(this::run, "socket-clients");

  /** Used by whoever connects and closes. */
  private final List<SocketChannel> channels = new ArrayList<>();

  /** Used by the thread only. */
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** Written by whoever closes. */
  private volatile boolean closed;

  private SocketClients(Selector selector, int clients, Bursts bursts) {
    this.selector = selector;
    this.bursts = bursts;
    this.answers = new CountDownLatch(clients);
    thread.setDaemon(true);
  }

  /**
   * Connects, and returns when every client has the head of its answer and so is subscribed, or has
   * failed.
   *
   * @param server of which every path is an event stream whose events have marks
   * @param clients how many
   * @param bursts are told of what is received
   * @throws IOException if a connection fails
   * @throws IllegalStateException if a client is not answered within a minute
   */
  static SocketClients connect(InetSocketAddress server, int clients, Bursts bursts)
      throws IOException, InterruptedException {
    SocketClients connected = new SocketClients(Selector.open(), clients, bursts);
    connected.thread.start();
    for (int i = 0; i < clients; i++) {
      connected.add(SocketChannel.open(server));
    }
    if (!connected.answers.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "%d of %d clients have no answer".formatted(connected.answers.getCount(), clients));
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
      // Nobody is to wait for this one.
      answers.countDown();
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

  /** One connection. Used by the thread only. */
  private final class Client implements EventScanner.Listener {
    private final SocketChannel channel;
    private final AnswerReader answer = new AnswerReader(new EventScanner(this), NO_BUFFER);
    private final Bursts.Tally tally = bursts.newTally();

    Client(SocketChannel channel) {
      this.channel = channel;
    }

    void read() throws IOException, LoadFailure {
      if (channel.read(buffer.clear()) < 0) {
        throw new EOFException("the server closed a connection");
      }
      boolean knew = answer.isAnswered();
      answer.take(buffer.flip());
      if (!knew && answer.isAnswered()) {
        answers.countDown();
      }
      if (answer.isEnded()) {
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
