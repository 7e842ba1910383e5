package dev.ssebroker.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A socket that one thread writes to and no thread reads from. The server's watch detects when the
 * client disconnects, and when a writer can go on.
 */
final class WatchedSocket extends OutputStream {
  /*
   * Waiting. The channel is not blocking, so a write takes what fits. Only the writer of a slow
   * client has to wait: it stores itself in parkedWriter, asks the watch for OP_WRITE, and parks.
   *
   * Closing. A close cancels the key and then unparks the writer that it finds. A writer that
   * stores itself later finds the key cancelled.
   */

  private static final DirectBuffers BUFFERS = new DirectBuffers();
  private static final byte[] NOTHING = {};

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;

  /** The writer that waits until the socket can be written. */
  private volatile @Nullable Thread parkedWriter;

  /**
   * Null until {@link #onDisconnect}. A socket that is closed before that needs no notification.
   */
  private volatile @Nullable Runnable disconnected;

  /** What the client has sent. Used by the watch's thread only. */
  private int unsolicitedBytes;

  /**
   * Registers a channel, which must not be used directly any more.
   *
   * @throws IOException if the channel is closed
   */
  WatchedSocket(SocketChannel channel, Selector selector) throws IOException {
    this.channel = channel;
    this.selector = selector;
    channel.configureBlocking(false);
    this.key = channel.register(selector, 0, this);
  }

  /** Runs the action when the client disconnects, once, on the watch's thread. */
  void onDisconnect(Runnable disconnected) {
    this.disconnected = disconnected;
    try {
      watchFor(SelectionKey.OP_READ);
    } catch (SocketException e) {
      // The socket is closed, so no disconnect follows.
    }
  }

  private void watchFor(int operation) throws SocketException {
    try {
      key.interestOpsOr(operation);
    } catch (CancelledKeyException e) {
      throw new SocketException("the socket is closed", e);
    }
    selector.wakeup();
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b});
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
    channel.write(rest);
    writeRest(rest);
  }

  private void writeRest(ByteBuffer rest) throws IOException {
    while (rest.hasRemaining()) {
      awaitWritable();
      channel.write(rest);
    }
  }

  /** Returns an empty buffer for a write of this many bytes. */
  static ByteBuffer buffer(int length) {
    return BUFFERS.take(length);
  }

  /** Writes what is in a buffer that {@link #buffer} returned, which must not be used any more. */
  void write(ByteBuffer filled) throws IOException {
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
    if (rest.length > 0) {
      writeRest(ByteBuffer.wrap(rest));
    }
  }

  private void awaitWritable() throws SocketException {
    parkedWriter = Thread.currentThread();
    watchFor(SelectionKey.OP_WRITE);
    while (parkedWriter != null) {
      LockSupport.park(this);
    }
  }

  private void unparkWriter() {
    Thread writer = parkedWriter;
    if (writer != null) {
      parkedWriter = null;
      LockSupport.unpark(writer);
    }
  }

  /**
   * Handles what the selector found. Called by the watch.
   *
   * @param ignored receives what the client sends
   */
  void ready(ByteBuffer ignored) {
    try {
      if (key.isWritable()) {
        key.interestOpsAnd(~SelectionKey.OP_WRITE);
        unparkWriter();
      }
      if (key.isReadable() && isDisconnected(ignored)) {
        notifyDisconnected();
      }
    } catch (CancelledKeyException | IOException e) {
      notifyDisconnected();
    }
  }

  private boolean isDisconnected(ByteBuffer ignored) throws IOException {
    ignored.clear();
    int count = channel.read(ignored);
    unsolicitedBytes += count;
    return count < 0 || unsolicitedBytes >= Connection.MAX_UNSOLICITED_BYTES;
  }

  private void notifyDisconnected() {
    key.cancel();
    Runnable action = disconnected;
    if (action != null) {
      action.run();
    }
  }

  /** Closes the channel and frees a parked writer. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      unparkWriter();
      // The selector releases the descriptor of a registered channel.
      selector.wakeup();
    }
  }
}
