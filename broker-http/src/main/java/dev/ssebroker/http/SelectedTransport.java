package dev.ssebroker.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A transport that waits without a thread: during a stream nothing reads, and the server's watch
 * detects when the client disconnects and when a writer can go on. So an idle stream keeps no
 * stack, and a write to a client that reads takes one system call on the writer's own thread.
 */
final class SelectedTransport implements Transport {
  /*
   * Waiting. During a stream the channel does not block, so a write takes what fits. Only the writer
   * of a slow client has to wait: it stores itself in parkedWriter, asks the watch for OP_WRITE, and
   * parks.
   *
   * Closing. A close cancels the key, unparks the writer that it finds, and runs the action that it
   * finds. A writer or an action that is stored later finds the key cancelled.
   */

  private static final DirectBuffers BUFFERS = new DirectBuffers();
  private static final byte[] NOTHING = {};

  private final SocketChannel channel;
  private final Watch watch;

  /** Reads requests and writes answers, while the channel blocks. */
  private final BlockingTransport requests;

  /** Null until {@link #beginStream}. */
  private volatile @Nullable SelectionKey key;

  /** The writer that waits until the socket can be written. */
  private volatile @Nullable Thread parkedWriter;

  /** Null until {@link #awaitDisconnect}, and once it runs. */
  private volatile @Nullable Runnable disconnected;

  private volatile boolean outputShutDown;

  /** What the client has sent. Used by the watch's thread only. */
  private int unsolicitedBytes;

  SelectedTransport(SocketChannel channel, Watch watch) {
    this.channel = channel;
    this.watch = watch;
    this.requests = BlockingTransport.plain(channel);
  }

  @Override
  public InetSocketAddress remote() {
    return requests.remote();
  }

  @Override
  public void open() throws IOException {
    requests.open();
  }

  @Override
  public int read(byte[] target, int offset, int length, Duration time) throws IOException {
    return requests.read(target, offset, length, time);
  }

  @Override
  public void beginStream() throws IOException {
    channel.configureBlocking(false);
    key = watch.register(channel, this);
  }

  @Override
  public ByteBuffer buffer(int length) {
    return key == null ? requests.buffer(length) : BUFFERS.take(length);
  }

  @Override
  public void write(ByteBuffer filled) throws IOException {
    if (key == null) {
      requests.write(filled);
      return;
    }
    byte[] rest = NOTHING;
    try {
      channel.write(filled.flip());
      if (filled.hasRemaining()) {
        rest = new byte[filled.remaining()];
        filled.get(rest);
      }
    } finally {
      BUFFERS.giveBack(filled);
    }
    writeRest(ByteBuffer.wrap(rest));
  }

  private void writeRest(ByteBuffer rest) throws IOException {
    while (rest.hasRemaining()) {
      awaitWritable();
      channel.write(rest);
    }
  }

  private void awaitWritable() throws SocketException {
    parkedWriter = Thread.currentThread();
    watchFor(SelectionKey.OP_WRITE);
    while (parkedWriter != null) {
      LockSupport.park(this);
    }
  }

  private void watchFor(int operation) throws SocketException {
    SelectionKey registered = Objects.requireNonNull(key, "key");
    try {
      registered.interestOpsOr(operation);
    } catch (CancelledKeyException e) {
      throw new SocketException("the socket is closed", e);
    }
    registered.selector().wakeup();
  }

  private void unparkWriter() {
    Thread writer = parkedWriter;
    if (writer != null) {
      parkedWriter = null;
      LockSupport.unpark(writer);
    }
  }

  @Override
  public void shutdownOutput() throws IOException {
    outputShutDown = true;
    channel.shutdownOutput();
  }

  /** Returns at once. */
  @Override
  public void awaitDisconnect(Runnable action) {
    disconnected = action;
    try {
      watchFor(SelectionKey.OP_READ);
    } catch (SocketException e) {
      // The transport was closed before it had the action.
      action.run();
    }
  }

  /**
   * Handles what the selector found. Called by the watch.
   *
   * @param found the key of this transport
   * @param ignored receives what the client sends
   */
  void ready(SelectionKey found, ByteBuffer ignored) {
    try {
      if (found.isWritable()) {
        found.interestOpsAnd(~SelectionKey.OP_WRITE);
        unparkWriter();
      }
      if (found.isReadable() && isDisconnected(ignored)) {
        disconnect(found);
      }
    } catch (CancelledKeyException | IOException e) {
      disconnect(found);
    }
  }

  private boolean isDisconnected(ByteBuffer ignored) throws IOException {
    ignored.clear();
    int count = channel.read(ignored);
    unsolicitedBytes = Math.min(unsolicitedBytes + count, MAX_UNSOLICITED_BYTES);
    return count < 0 || (unsolicitedBytes == MAX_UNSOLICITED_BYTES && !outputShutDown);
  }

  private void disconnect(SelectionKey found) {
    found.cancel();
    runAction();
  }

  private void runAction() {
    Runnable action = disconnected;
    disconnected = null;
    if (action != null) {
      action.run();
    }
  }

  @Override
  public void close() throws IOException {
    if (!channel.isOpen()) {
      return;
    }
    try {
      channel.close();
    } finally {
      SelectionKey registered = key;
      if (registered != null) {
        unparkWriter();
        // The selector releases the descriptor of a registered channel.
        registered.selector().wakeup();
      }
      runAction();
    }
  }
}
