package dev.ssebroker.http;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Accepts connections at a limited rate until its channel is closed. */
final class Acceptor implements Runnable {
  /** How long to pause after a failed accept, such as when no file descriptor is left. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final ServerSocketChannel serverChannel;
  private final Consumer<SocketChannel> onAccept;

  /** The rate is limited per window, so that the accepts of a second are spread over it. */
  private final long windowNanos;

  private final int maxInWindow;
  private long windowStart = System.nanoTime();
  private int acceptedInWindow;

  /** Whether the current row of failures has been logged. */
  private boolean logged;

  Acceptor(
      ServerSocketChannel serverChannel, int acceptsPerSecond, Consumer<SocketChannel> onAccept) {
    this.serverChannel = serverChannel;
    this.onAccept = onAccept;
    int windowsPerSecond = acceptsPerSecond >= 100 ? 10 : 1;
    this.windowNanos = TimeUnit.SECONDS.toNanos(1) / windowsPerSecond;
    this.maxInWindow = acceptsPerSecond / windowsPerSecond;
  }

  @Override
  public void run() {
    while (serverChannel.isOpen()) {
      try {
        onAccept.accept(serverChannel.accept());
        logged = false;
        pace();
      } catch (IOException e) {
        if (serverChannel.isOpen()) {
          logOnce(e);
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    }
  }

  /**
   * Logs the first of a row of failures. Logging may fail as well, because it opens files when it
   * is first used.
   */
  private void logOnce(IOException e) {
    if (logged) {
      return;
    }
    logged = true;
    try {
      SseServer.LOG.log(Level.WARNING, "A connection could not be accepted: " + e.getMessage());
    } catch (RuntimeException | Error broken) {
      System.err.println("A connection could not be accepted, and logging failed: " + broken);
    }
  }

  /**
   * Pauses when the window is used up. Connections beyond the limit wait in the kernel's accept
   * backlog.
   */
  private void pace() {
    acceptedInWindow++;
    long left = windowStart + windowNanos - System.nanoTime();
    while (left > 0 && acceptedInWindow >= maxInWindow && serverChannel.isOpen()) {
      LockSupport.parkNanos(left);
      left = windowStart + windowNanos - System.nanoTime();
    }
    if (left <= 0) {
      windowStart = System.nanoTime();
      acceptedInWindow = 0;
    }
  }
}
