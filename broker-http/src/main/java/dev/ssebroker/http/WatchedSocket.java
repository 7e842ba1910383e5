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
 * A socket that one thread writes to and none reads: the server's watch sees when the client
 * leaves, and when a writer that found no room can go on.
 */
final class WatchedSocket extends OutputStream {
  /*
   * A write that does not block takes what fits. Only a writer whose client is slow has to wait for
   * more room: it leaves its name, asks the watch to look, and parks. A close cancels the key and then
   * looks for a name, so a writer that comes too late for that finds the key cancelled.
   */

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;

  /** The thread that waits for room. */
  private volatile @Nullable Thread waiting;

  /** Null until somebody asks; who closes the socket before that needs not be told. */
  private volatile @Nullable Runnable disconnected;

  /** Used by the watch's thread only. */
  private int unasked;

  /**
   * Takes a channel over, which can be used through this object only from now on.
   *
   * @throws IOException if the channel is closed
   */
  WatchedSocket(SocketChannel channel, Selector selector) throws IOException {
    this.channel = channel;
    this.selector = selector;
    channel.configureBlocking(false);
    this.key = channel.register(selector, 0, this);
  }

  /** From now on the watch looks whether the client leaves, and tells this once. */
  void onLeaving(Runnable disconnected) {
    this.disconnected = disconnected;
    try {
      watchFor(SelectionKey.OP_READ);
    } catch (SocketException e) {
      // It is closed already, which whoever closed it knows.
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
    while (rest.hasRemaining()) {
      awaitRoom();
      channel.write(rest);
    }
  }

  private void awaitRoom() throws SocketException {
    waiting = Thread.currentThread();
    watchFor(SelectionKey.OP_WRITE);
    while (waiting != null) {
      LockSupport.park(this);
    }
  }

  private void endWait() {
    Thread writer = waiting;
    if (writer != null) {
      waiting = null;
      LockSupport.unpark(writer);
    }
  }

  /**
   * Called by the watch.
   *
   * @param ignored for what the client sends
   */
  void ready(ByteBuffer ignored) {
    try {
      if (key.isWritable()) {
        key.interestOpsAnd(~SelectionKey.OP_WRITE);
        endWait();
      }
      if (key.isReadable() && hasLeft(ignored)) {
        leave();
      }
    } catch (CancelledKeyException | IOException e) {
      leave();
    }
  }

  private boolean hasLeft(ByteBuffer ignored) throws IOException {
    ignored.clear();
    int count = channel.read(ignored);
    unasked += count;
    return count < 0 || unasked >= Connection.MAX_UNASKED_BYTES;
  }

  private void leave() {
    key.cancel();
    Runnable told = disconnected;
    if (told != null) {
      told.run();
    }
  }

  /** Frees a writer that waits. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      endWait();
      // The descriptor of a registered channel is given back by the selector.
      selector.wakeup();
    }
  }
}
