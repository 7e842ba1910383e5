package dev.ssebroker.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The server's thread for events that no other thread waits for: a client disconnects from its
 * stream, a socket has room for a parked writer, or a time limit passes.
 */
final class Watch implements Runnable, Closeable {
  private static final Duration MAX_PERIOD = Duration.ofSeconds(1);
  private static final int CHECKS_PER_LIMIT = 4;
  private static final int IGNORED_BYTES = 4096;

  private final Selector selector;
  private final long periodNanos;

  /**
   * The time limits that are running. A stream has none, so a check visits only connections with a
   * handshake, a request or an answer under way. Concurrent, so that a check takes no lock.
   */
  private final Set<TimeLimit> timeLimits = ConcurrentHashMap.newKeySet();

  /** Receives what clients send during their stream. */
  private final ByteBuffer ignored = ByteBuffer.allocateDirect(IGNORED_BYTES);

  /**
   * Creates a watch that must be run.
   *
   * @throws IOException if the process has no file descriptor left
   */
  Watch(Limits limits) throws IOException {
    this.selector = Selector.open();
    Duration shortest =
        limits.firstByte().compareTo(limits.body()) < 0 ? limits.firstByte() : limits.body();
    Duration period = shortest.dividedBy(CHECKS_PER_LIMIT);
    this.periodNanos = (period.compareTo(MAX_PERIOD) < 0 ? period : MAX_PERIOD).toNanos();
  }

  /**
   * Registers a channel that does not block. The key has no interest yet.
   *
   * @throws IOException if the channel is closed, or if the watch has ended
   */
  SelectionKey register(SocketChannel channel, SelectedTransport transport) throws IOException {
    try {
      return channel.register(selector, 0, transport);
    } catch (ClosedSelectorException e) {
      throw new IOException("the server is closed", e);
    }
  }

  @Override
  public void run() {
    long nextCheck = System.nanoTime() + periodNanos;
    try {
      while (selector.isOpen()) {
        long waitMillis = TimeUnit.NANOSECONDS.toMillis(nextCheck - System.nanoTime());
        selector.select(
            key -> ((SelectedTransport) key.attachment()).ready(key, ignored),
            Math.max(1, waitMillis));
        long now = System.nanoTime();
        if (now - nextCheck >= 0) {
          nextCheck = now + periodNanos;
          timeLimits.forEach(limit -> limit.cutIfOver(now));
        }
      }
    } catch (ClosedSelectorException e) {
      // The server has closed.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the limits that are running. A {@link TimeLimit} adds and removes itself. */
  Set<TimeLimit> timeLimits() {
    return timeLimits;
  }

  /** Ends the watch. Called when the server has closed all connections. */
  @Override
  public void close() throws IOException {
    selector.close();
  }
}
