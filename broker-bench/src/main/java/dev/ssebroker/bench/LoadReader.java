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

/** One thread that reads for many clients. */
final class LoadReader {
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final int LONGEST_SELECT_MILLIS = 50;

  private final Selector selector;
  private final ByteBuffer request;
  private final @Nullable ResumePoint since;
  private final Thread thread;
  private final ByteBuffer buffer = littleEndian();
  private final ByteBuffer inflated = littleEndian();
  private final LoadClient.Totals totals = new LoadClient.Totals();

  /** Written by the connecting thread only, which reads it when the reader's thread has ended. */
  private final List<LoadClient> clients = new ArrayList<>();

  private final AtomicInteger answered = new AtomicInteger();

  /** Written by the main thread only. */
  private volatile LoadClient.Window window = LoadClient.Window.NEVER;

  private volatile boolean stopped;

  /** What others may know while the thread runs; written by it only, once a round. */
  private volatile long received;

  private volatile int past;
  private volatile int level;
  private final AtomicInteger ended = new AtomicInteger();
  private volatile @Nullable String firstEnd;
  private volatile @Nullable LoadFailure failure;

  /** Written by the reader's thread only, and read by others when it has ended. */
  private long slowestAnswer;

  private boolean compressed;

  /**
   * Creates one, whose thread does not run yet.
   *
   * @param number of its thread's name
   * @param request of every client
   * @param since the event that every client resumes after, null if they do not resume
   */
  LoadReader(int number, byte[] request, @Nullable ResumePoint since) throws IOException {
    this.since = since;
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

  /** Returns when the thread has ended. Its clients stay connected until {@link #close}. */
  void stop() throws InterruptedException {
    stopped = true;
    selector.wakeup();
    thread.join();
  }

  /** Ends all connections; to be called when the thread has ended or was never started. */
  void close() throws IOException {
    clients.forEach(LoadClient::close);
    selector.close();
  }

  /** Connects a channel that is not blocking, and takes it over. Called by one thread only. */
  void connect(SocketChannel channel, InetSocketAddress server) throws IOException {
    LoadClient client = new LoadClient(channel, totals, inflated, since);
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
        selector.select(this::ready, LONGEST_SELECT_MILLIS);
        totals.window = window;
        received = totals.received;
        past = totals.past;
        level = totals.level;
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
    boolean knew = client.isAnswered();
    client.take(buffer.flip());
    if (!knew && client.isAnswered()) {
      slowestAnswer = Math.max(slowestAnswer, client.age());
      compressed |= client.isCompressed();
      answered.incrementAndGet();
    }
  }

  private void end(SelectionKey key, LoadClient client, IOException e) {
    String reason = e.getMessage() == null ? e.toString() : e.getMessage();
    if (!client.isAnswered()) {
      failure =
          new LoadFailure(
              "a connection ended before it was answered (after %,d that were): %s; has the server a"
                      .formatted(answered.get(), reason)
                  + " limit of connections or of open files?");
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
    if (client.isLevel()) {
      totals.level--;
    }
    ended.incrementAndGet();
  }

  /** Returns what makes a measurement impossible, null if nothing does. */
  @Nullable LoadFailure failure() {
    return failure;
  }

  int answered() {
    return answered.get();
  }

  long received() {
    return received;
  }

  int ended() {
    return ended.get();
  }

  /** Says why the first client that ended did, null if none has. */
  @Nullable String firstEnd() {
    return firstEnd;
  }

  /** Clients that have ended or have received an event of after the window. */
  int done() {
    return past + ended.get();
  }

  /** Clients that have ended or have resumed and caught up. */
  int caughtUp() {
    return level + ended.get();
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

  long slowestAnswerNanos() {
    return slowestAnswer;
  }

  boolean isCompressed() {
    return compressed;
  }
}
