package dev.ssebroker.http;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The server's one timer thread: closes the sockets of connections that take longer than they may,
 * where a socket's own timeout does not help.
 */
final class Watch implements Runnable {
  private static final Duration LONGEST = Duration.ofSeconds(1);
  private static final int LOOKS = 4;

  private final Connections connections;
  private final Duration period;

  Watch(Connections connections, Limits limits) {
    this.connections = connections;
    Duration shortest =
        limits.firstByte().compareTo(limits.body()) < 0 ? limits.firstByte() : limits.body();
    Duration look = shortest.dividedBy(LOOKS);
    this.period = look.compareTo(LONGEST) < 0 ? look : LONGEST;
  }

  @Override
  public void run() {
    while (!connections.isClosing()) {
      long now = System.nanoTime();
      for (Connection connection : connections.list()) {
        if (connection.isOverdue(now)) {
          SseServer.closeQuietly(connection::cut);
        }
      }
      LockSupport.parkNanos(this, period.toNanos());
    }
  }
}
