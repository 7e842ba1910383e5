package dev.ssebroker.http;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Accepts connections until its socket is closed, and no more in a second than are allowed. */
final class Acceptor implements Runnable {
  /** How long to leave the listening socket alone when the process has no file descriptor left. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final ServerSocketChannel listening;
  private final Consumer<SocketChannel> accepted;

  /** Accepts are counted in windows of this length, so that a second's are not all at its start. */
  private final long windowNanos;

  private final int maxInWindow;
  private long windowBegin = System.nanoTime();
  private int inWindow;

  /** Whether the log says already that nobody can be accepted. */
  private boolean complained;

  Acceptor(ServerSocketChannel listening, int acceptsPerSecond, Consumer<SocketChannel> accepted) {
    this.listening = listening;
    this.accepted = accepted;
    int windowsPerSecond = acceptsPerSecond >= 100 ? 10 : 1;
    this.windowNanos = TimeUnit.SECONDS.toNanos(1) / windowsPerSecond;
    this.maxInWindow = acceptsPerSecond / windowsPerSecond;
  }

  @Override
  public void run() {
    while (listening.isOpen()) {
      try {
        accepted.accept(listening.accept());
        complained = false;
        pace();
      } catch (IOException e) {
        if (listening.isOpen()) {
          complainOnce(e);
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    }
  }

  /** Logging opens files when it is first used, and files are what is lacking: it may fail too. */
  private void complainOnce(IOException e) {
    if (complained) {
      return;
    }
    complained = true;
    try {
      SseServer.LOG.log(Level.WARNING, "A connection could not be accepted: " + e.getMessage());
    } catch (RuntimeException | Error broken) {
      System.err.println("A connection could not be accepted, nor is there a log: " + broken);
    }
  }

  /** Whoever comes meanwhile waits in the system's backlog. */
  private void pace() {
    inWindow++;
    long left = windowBegin + windowNanos - System.nanoTime();
    while (left > 0 && inWindow >= maxInWindow && listening.isOpen()) {
      LockSupport.parkNanos(left);
      left = windowBegin + windowNanos - System.nanoTime();
    }
    if (left <= 0) {
      windowBegin = System.nanoTime();
      inWindow = 0;
    }
  }
}
