package dev.ssebroker.http;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Accepts the connections of one address at a limited rate, and runs each on a thread of its own. A
 * platform thread, because it must run whatever the users' virtual threads do.
 */
final class Acceptor implements Runnable, Closeable {
  /** How long to pause after a failed accept, such as when no file descriptor is left. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final Duration CLOSE_GRACE = Duration.ofSeconds(1);

  private final ServerSocketChannel listening;
  private final Service service;
  private final Function<SocketChannel, Transport> transports;
  private final ThreadFactory threads;
  private final Thread thread;

  /** The rate is limited per window, so that the accepts of a second are spread over it. */
  private final long windowNanos;

  private final int maxInWindow;
  private long windowStart = System.nanoTime();
  private int acceptedInWindow;

  /** Whether the current row of failures has been logged. */
  private boolean logged;

  /**
   * Creates an acceptor that must be started.
   *
   * @param name the name of its thread
   * @param listening a bound channel
   * @param transports creates the transport of an accepted channel
   * @param threads creates the threads of connections
   */
  Acceptor(
      String name,
      ServerSocketChannel listening,
      Service service,
      Function<SocketChannel, Transport> transports,
      ThreadFactory threads) {
    this.listening = listening;
    this.service = service;
    this.transports = transports;
    this.threads = threads;
    int acceptsPerSecond = service.settings().limits().acceptsPerSecond();
    int windowsPerSecond = acceptsPerSecond >= 100 ? 10 : 1;
    this.windowNanos = TimeUnit.SECONDS.toNanos(1) / windowsPerSecond;
    this.maxInWindow = acceptsPerSecond / windowsPerSecond;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .inheritInheritableThreadLocals(false)
            .name(name)
            .unstarted(this);
  }

  void start() {
    thread.start();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listening.socket().getLocalSocketAddress();
  }

  @Override
  public void run() {
    while (listening.isOpen()) {
      try {
        serve(listening.accept());
        logged = false;
        pace();
      } catch (IOException | RuntimeException | Error e) {
        if (listening.isOpen()) {
          logOnce(e);
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    }
  }

  /** Starts the thread of a connection. Closes the channel if there is no room, or if it fails. */
  private void serve(SocketChannel channel) throws IOException {
    Optional<Connection> added = Optional.empty();
    boolean started = false;
    try {
      Transport transport = transports.apply(channel);
      InetAddress address = transport.remote().getAddress();
      added =
          service
              .connections()
              .add(address, refusal -> new Connection(service, transport, refusal));
      if (added.isPresent()) {
        start(added.get());
        started = true;
      }
    } finally {
      if (!started) {
        added.ifPresent(service.connections()::remove);
        channel.close();
      }
    }
  }

  private void start(Connection connection) {
    Thread connectionThread = threads.newThread(connection);
    if (connectionThread == null) {
      throw new IllegalStateException("the thread factory returned null");
    }
    connectionThread.start();
  }

  /**
   * Logs the first of a row of failures. Logging may fail as well, because it opens files when it
   * is first used.
   */
  private void logOnce(Throwable e) {
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
    while (left > 0 && acceptedInWindow >= maxInWindow && listening.isOpen()) {
      LockSupport.parkNanos(left);
      left = windowStart + windowNanos - System.nanoTime();
    }
    if (left <= 0) {
      windowStart = System.nanoTime();
      acceptedInWindow = 0;
    }
  }

  /** Stops listening. Returns when the thread has ended, which frees the port. */
  @Override
  public void close() {
    SseServer.closeQuietly(listening);
    LockSupport.unpark(thread);
    SseServer.awaitEnd(thread, CLOSE_GRACE);
  }
}
