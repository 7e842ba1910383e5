package dev.ssebroker.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A thread that reads for many clients. */
final class LoadReader {
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final int MAX_SELECT_MILLIS = 50;

  private final Selector selector;
  private final ByteBuffer request;
  private final @Nullable ResumePoint resumePoint;
  private final Thread thread;
  private final ByteBuffer buffer = littleEndian();
  private final ByteBuffer inflated = littleEndian();
  private final LoadClient.Totals totals = new LoadClient.Totals();

  /** Used by the connecting thread only. */
  private final List<LoadClient> clients = new ArrayList<>();

  private final AtomicInteger responses = new AtomicInteger();

  /** Written by the main thread only. */
  private volatile LoadClient.Window window = LoadClient.Window.NEVER;

  private volatile boolean stopped;

  // Counts for other threads, published once per loop of the reader.
  private volatile long received;

  private volatile int past;
  private volatile int caughtUp;
  private final AtomicInteger ended = new AtomicInteger();
  private volatile @Nullable String firstEnd;
  private volatile @Nullable LoadFailure failure;

  /** Written by the reader's thread only, and read by others after it has ended. */
  private long slowestHead;

  private boolean compressed;

  /**
   * Creates a reader. Does not start its thread.
   *
   * @param number the number in the name of its thread
   * @param request the request of every client
   * @param resumePoint the event after which every client resumes; null if they do not resume
   */
  LoadReader(int number, byte[] request, @Nullable ResumePoint resumePoint) throws IOException {
    this.resumePoint = resumePoint;
    this.selector = Selector.open();
    this.request = ByteBuffer.allocateDirect(request.length).put(request).flip();
    this.thread = new Thread(this::run, "load-reader-" + number);
    thread.setDaemon(true);
  }

  private static ByteBuffer littleEndian() {
    return ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  void start() {
    thread.start();
  }

  /** Stops the thread and waits for it. The clients stay connected until {@link #close}. */
  void stop() throws InterruptedException {
    stopped = true;
    selector.wakeup();
    thread.join();
  }

  /** Closes all connections. Must not be called while the thread runs. */
  void close() throws IOException {
    clients.forEach(LoadClient::close);
    selector.close();
  }

  /** Connects a non-blocking channel and reads from it. Must be called by one thread only. */
  void connect(SocketChannel channel, InetSocketAddress server) throws IOException {
    LoadClient client = new LoadClient(channel, totals, inflated, resumePoint);
    clients.add(client);
    if (channel.connect(server)) {
      channel.write(request.duplicate());
      channel.register(selector, SelectionKey.OP_READ, client);
    } else {
      channel.register(selector, SelectionKey.OP_CONNECT, client);
    }
    selector.wakeup();
  }

  void measure(LoadClient.Window window) {
    this.window = window;
  }

  private void run() {
    try {
      while (!stopped && failure == null) {
        selector.select(this::ready, MAX_SELECT_MILLIS);
        totals.window = window;
        received = totals.received;
        past = totals.past;
        caughtUp = totals.caughtUp;
      }
    } catch (IOException | RuntimeException e) {
      failure = new LoadFailure("the load client itself failed: " + e);
    }
  }

  private void ready(SelectionKey key) {
    LoadClient client = (LoadClient) key.attachment();
    try {
      if (key.isConnectable()) {
        finishConnect(key, client);
      } else {
        read(client);
      }
    } catch (LoadFailure e) {
      failure = e;
    } catch (IOException e) {
      end(key, client, e);
    }
  }

  private void finishConnect(SelectionKey key, LoadClient client) throws IOException, LoadFailure {
    try {
      client.channel.finishConnect();
    } catch (ConnectException e) {
      throw LoadRun.cannotConnect(e);
    }
    key.interestOps(SelectionKey.OP_READ);
    client.channel.write(request.duplicate());
  }

  private void read(LoadClient client) throws IOException, LoadFailure {
    int bytes = client.channel.read(buffer.clear());
    totals.now = EpochClock.nanos();
    if (bytes < 0) {
      throw new EOFException("the server closed the connection");
    }
    boolean hadHead = client.hasHead();
    client.receive(buffer.flip());
    if (!hadHead && client.hasHead()) {
      slowestHead = Math.max(slowestHead, client.age());
      compressed |= client.isCompressed();
      responses.incrementAndGet();
    }
  }

  private void end(SelectionKey key, LoadClient client, IOException e) {
    String reason = e.getMessage() == null ? e.toString() : e.getMessage();
    if (!client.hasHead()) {
      failure =
          new LoadFailure(
              "a connection ended without a response (after %,d responses): %s; does the server limit"
                      .formatted(responses.get(), reason)
                  + " connections or open files?");
    }
    key.cancel();
    client.close();
    clientEnded(client, reason);
  }

  private void clientEnded(LoadClient client, String reason) {
    if (firstEnd == null) {
      firstEnd = reason;
    }
    if (client.isPast()) {
      totals.past--;
    }
    if (client.hasCaughtUp()) {
      totals.caughtUp--;
    }
    ended.incrementAndGet();
  }

  /** Returns why a measurement is impossible; null if it is possible. */
  @Nullable LoadFailure failure() {
    return failure;
  }

  int responses() {
    return responses.get();
  }

  long received() {
    return received;
  }

  int ended() {
    return ended.get();
  }

  /** Returns why the first client ended; null if none has. */
  @Nullable String firstEnd() {
    return firstEnd;
  }

  /** Returns the number of clients that have ended or received an event after the window. */
  int done() {
    return past + ended.get();
  }

  /** Returns the number of clients that have ended or caught up. */
  int caughtUp() {
    return caughtUp + ended.get();
  }

  Thread thread() {
    return thread;
  }

  List<LoadClient> clients() {
    return clients;
  }

  LoadClient.Totals totals() {
    return totals;
  }

  long slowestHeadNanos() {
    return slowestHead;
  }

  boolean isCompressed() {
    return compressed;
  }
}
