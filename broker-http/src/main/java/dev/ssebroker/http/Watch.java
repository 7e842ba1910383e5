package dev.ssebroker.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The server's one thread that looks after what no other thread waits for: clients that leave their
 * stream, room for writers that found none, and connections that take longer than they may, where a
 * socket's own timeout does not help.
 */
final class Watch implements Runnable, Closeable {
  private static final Duration LONGEST = Duration.ofSeconds(1);
  private static final int LOOKS = 4;
  private static final int IGNORED_BYTES = 4096;

  private final Connections connections;
  private final Selector selector;
  private final long periodNanos;

  /** Where what clients send during their stream is read to. */
  private final ByteBuffer ignored = ByteBuffer.allocateDirect(IGNORED_BYTES);

  /**
   * Makes one that has to be run.
   *
   * @throws IOException if the process has no file descriptors left
   */
  Watch(Connections connections, Limits limits) throws IOException {
    this.connections = connections;
    this.selector = Selector.open();
    Duration shortest =
        limits.firstByte().compareTo(limits.body()) < 0 ? limits.firstByte() : limits.body();
    Duration look = shortest.dividedBy(LOOKS);
    this.periodNanos = (look.compareTo(LONGEST) < 0 ? look : LONGEST).toNanos();
  }

  /**
   * Takes a channel over, to be watched from now on.
   *
   * @throws IOException if it is closed, or the watch has ended
   */
  WatchedSocket watch(SocketChannel channel) throws IOException {
    try {
      return new WatchedSocket(channel, selector);
    } catch (ClosedSelectorException e) {
      throw new IOException("the server is closed", e);
    }
  }

  @Override
  public void run() {
    long nextLook = System.nanoTime() + periodNanos;
    try {
      while (selector.isOpen()) {
        long left = TimeUnit.NANOSECONDS.toMillis(nextLook - System.nanoTime());
        selector.select(
            key -> ((WatchedSocket) key.attachment()).ready(ignored), Math.max(1, left));
        long now = System.nanoTime();
        if (now - nextLook >= 0) {
          nextLook = now + periodNanos;
          closeOverdue(now);
        }
      }
    } catch (ClosedSelectorException e) {
      // The server has closed between two looks.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void closeOverdue(long now) {
    for (Connection connection : connections.list()) {
      if (connection.timeLimit.isOver(now)) {
        connection.cut();
      }
    }
  }

  /** Ends the watch. Called by a server that has closed all connections. */
  @Override
  public void close() throws IOException {
    selector.close();
  }
}
