package dev.ssebroker.http;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Accepts connections until its socket is closed. */
final class Acceptor implements Runnable {
  /** How long to leave the listening socket alone when the process has no file descriptor left. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final ServerSocket listening;
  private final Consumer<Socket> accepted;

  Acceptor(ServerSocket listening, Consumer<Socket> accepted) {
    this.listening = listening;
    this.accepted = accepted;
  }

  @Override
  public void run() {
    while (!listening.isClosed()) {
      try {
        accepted.accept(listening.accept());
      } catch (IOException e) {
        if (!listening.isClosed()) {
          SseServer.LOG.log(Level.WARNING, "A connection could not be accepted: " + e.getMessage());
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    }
  }
}
