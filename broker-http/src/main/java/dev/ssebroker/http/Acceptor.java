package dev.ssebroker.http;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Accepts connections until its socket is closed, and no more in a second than are allowed. */
final class Acceptor implements Runnable {
  /** How long to leave the listening socket alone when the process has no file descriptor left. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final ServerSocket listening;
  private final Consumer<Socket> accepted;

  /** Accepts are counted in windows of this length, so that a second's are not all at its start. */
  private final long windowNanos;

  private final int maxInWindow;
  private long windowBegin = System.nanoTime();
  private int inWindow;

  Acceptor(ServerSocket listening, int acceptsPerSecond, Consumer<Socket> accepted) {
    this.listening = listening;
    this.accepted = accepted;
    int windowsPerSecond = acceptsPerSecond >= 100 ? 10 : 1;
    this.windowNanos = TimeUnit.SECONDS.toNanos(1) / windowsPerSecond;
    this.maxInWindow = acceptsPerSecond / windowsPerSecond;
  }

  @Override
  public void run() {
    while (!listening.isClosed()) {
      try {
        accepted.accept(listening.accept());
        pace();
      } catch (IOException e) {
        if (!listening.isClosed()) {
          SseServer.LOG.log(Level.WARNING, "A connection could not be accepted: " + e.getMessage());
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    }
  }

  /** Whoever comes meanwhile waits in the system's backlog. */
  private void pace() {
    inWindow++;
    long left = windowBegin + windowNanos - System.nanoTime();
    while (left > 0 && inWindow >= maxInWindow && !listening.isClosed()) {
      LockSupport.parkNanos(left);
      left = windowBegin + windowNanos - System.nanoTime();
    }
    if (left <= 0) {
      windowBegin = System.nanoTime();
      inWindow = 0;
    }
  }
}
