package dev.ssebroker.http;

import dev.ssebroker.CloseReason;
import dev.ssebroker.Subscription;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/**
 * Logs the end of each stream, on the level DEBUG, under a name of its own. Without that level it
 * does nothing. The line has the topics and not the path or the query, which may contain a secret.
 */
final class StreamLog {
  static final String NAME = "dev.ssebroker.http.streams";

  private static final Logger LOG = System.getLogger(NAME);

  private static final ThreadFactory THREADS =
      Thread.ofVirtual().inheritInheritableThreadLocals(false).name("sse-stream-log-", 1).factory();

  private StreamLog() {}

  /**
   * Logs the client's end when it comes. Must be called when the stream begins.
   *
   * @param delivered the number of events that were written, valid once the client has ended
   */
  static void follow(Subscription client, InetSocketAddress remote, LongSupplier delivered) {
    if (LOG.isLoggable(Level.DEBUG)) {
      long begin = System.nanoTime();
      THREADS.newThread(() -> awaitEnd(client, remote, delivered, begin)).start();
    }
  }

  private static void awaitEnd(
      Subscription client, InetSocketAddress remote, LongSupplier delivered, long begin) {
    try {
      CloseReason reason = client.awaitEnd();
      Duration lasted = Duration.ofNanos(System.nanoTime() - begin);
      LOG.log(Level.DEBUG, line(client, remote, reason, lasted, delivered.getAsLong()));
    } catch (InterruptedException e) {
      // Nobody interrupts this thread.
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the line. Topics have visible characters only. */
  static String line(
      Subscription client,
      InetSocketAddress remote,
      CloseReason reason,
      Duration lasted,
      long delivered) {
    return String.format(
        Locale.ROOT,
        "Client %d at %s:%d ended: %s after %.3f s and %d events of %s",
        client.id(),
        remote.getAddress().getHostAddress(),
        remote.getPort(),
        reason.name().toLowerCase(Locale.ROOT).replace('_', '-'),
        lasted.toMillis() / 1e3,
        delivered,
        String.join(", ", client.topics()));
  }
}
