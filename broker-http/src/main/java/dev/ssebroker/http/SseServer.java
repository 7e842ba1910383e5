package dev.ssebroker.http;

import dev.ssebroker.Broker;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An HTTP/1.1 server for the event streams of a broker: one virtual thread per connection, and the
 * broker's writer for each stream.
 *
 * <p>It serves GET and HEAD (RFC 9110, RFC 9112) and asks its {@link StreamHandler} what each
 * request gets. All methods may be called by any thread.
 */
public final class SseServer implements AutoCloseable {
  static final Logger LOG = System.getLogger(SseServer.class.getPackageName());

  /** How long {@link #close()} lets streams come to their end. */
  public static final Duration DEFAULT_DRAIN = Duration.ofSeconds(5);

  /** How many connections may wait to be accepted; the system may lower it. */
  private static final int BACKLOG = 4096;

  /** How long a closing server waits for the threads of connections that were cut. */
  private static final Duration CUT_GRACE = Duration.ofSeconds(1);

  private final Broker broker;
  private final StreamHandler handler;
  private final boolean anyOrigin;
  private final ServerSocket listening;
  private final Thread acceptor;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition noConnections = lock.newCondition();

  /** Guarded by the lock. */
  private final Set<Connection> connections = new HashSet<>();

  /** Guarded by the lock. */
  private long lastConnectionId;

  /** Written under the lock; volatile for the connections, which look without it. */
  private volatile boolean closed;

  private SseServer(Builder builder, ServerSocket listening) {
    this.broker = builder.broker;
    this.handler = builder.handler;
    this.anyOrigin = builder.anyOrigin;
    this.listening = listening;
    this.acceptor =
        Thread.ofVirtual().name("sse-acceptor").start(new Acceptor(listening, this::accepted));
  }

  /**
   * Starts the description of a server.
   *
   * @param broker whose streams it serves; it is not closed with the server
   * @param handler decides what each request gets
   * @return a builder with every setting at its default
   */
  public static Builder builder(Broker broker, StreamHandler handler) {
    return new Builder(broker, handler);
  }

  /**
   * The address the server listens on.
   *
   * @return with the port that was found, if a free one was asked for
   */
  public InetSocketAddress address() {
    return (InetSocketAddress) listening.getLocalSocketAddress();
  }

  /**
   * The port the server listens on.
   *
   * @return from 1 to 65535
   */
  public int port() {
    return listening.getLocalPort();
  }

  /** Closes the server as {@link #close(Duration)} does, with {@link #DEFAULT_DRAIN}. */
  @Override
  public void close() {
    close(DEFAULT_DRAIN);
  }

  /**
   * Stops listening at once, ends every stream after what is queued for it, with HTTP's proper end,
   * and cuts the connections that are not finished in time. Returns when all threads of the server
   * have done their work, at the latest a second after the given time. An interrupt cuts the
   * waiting short, as if the time were over. The broker stays open.
   *
   * @param drain how long streams may take, zero or more
   * @return whether every stream came to its proper end
   * @throws IllegalArgumentException if the time is negative; the server stays open
   */
  public boolean close(Duration drain) {
    if (drain.isNegative()) {
      throw new IllegalArgumentException("drain is %s; allowed is 0 or more".formatted(drain));
    }
    closed = true;
    closeQuietly(listening::close);
    awaitAcceptor();
    current().forEach(connection -> closeQuietly(connection::close));
    boolean drained = awaitNoConnections(drain);
    if (!drained) {
      current().forEach(connection -> closeQuietly(connection::cut));
      awaitNoConnections(CUT_GRACE);
    }
    return drained;
  }

  /** The port is free only when no thread is left in accept. */
  private void awaitAcceptor() {
    try {
      acceptor.join(CUT_GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Connection> current() {
    lock.lock();
    try {
      return List.copyOf(connections);
    } finally {
      lock.unlock();
    }
  }

  private boolean awaitNoConnections(Duration atMost) {
    lock.lock();
    try {
      long nanos = TimeUnit.NANOSECONDS.convert(atMost);
      while (!connections.isEmpty() && nanos > 0) {
        nanos = noConnections.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    return current().isEmpty();
  }

  private void accepted(Socket socket) {
    Connection connection = new Connection(this, broker, socket);
    lock.lock();
    try {
      if (closed) {
        closeQuietly(socket::close);
        return;
      }
      connections.add(connection);
      lastConnectionId++;
      Thread.ofVirtual().name("sse-conn-" + lastConnectionId).start(connection);
    } finally {
      lock.unlock();
    }
  }

  /** Called by a connection's thread, as the last thing it does. */
  void ended(Connection connection) {
    lock.lock();
    try {
      connections.remove(connection);
      if (connections.isEmpty()) {
        noConnections.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  StreamHandler handler() {
    return handler;
  }

  boolean anyOrigin() {
    return anyOrigin;
  }

  boolean isClosed() {
    return closed;
  }

  private interface Closing {
    void run() throws IOException;
  }

  private static void closeQuietly(Closing closing) {
    try {
      closing.run();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "A socket could not be closed", e);
    }
  }

  /** Describes a server. Not thread-safe. */
  public static final class Builder {
    private final Broker broker;
    private final StreamHandler handler;
    private String host = "localhost";
    private int port = 8080;
    private boolean anyOrigin;

    private Builder(Broker broker, StreamHandler handler) {
      this.broker = broker;
      this.handler = handler;
    }

    /**
     * Sets the address to listen on.
     *
     * @param host a name or an address of this machine; {@code localhost}, which nobody outside it
     *     can reach, unless set; {@code 0.0.0.0} for all of its addresses
     * @return this
     */
    public Builder host(String host) {
      this.host = host;
      return this;
    }

    /**
     * Sets the port to listen on.
     *
     * @param port from 1 to 65535, or 0 for a free one; 8080 unless set
     * @return this
     * @throws IllegalArgumentException if the port is out of bounds
     */
    public Builder port(int port) {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException(
            "port is %d; allowed is from 0 to 65535".formatted(port));
      }
      this.port = port;
      return this;
    }

    /**
     * Lets the pages of every web site read the streams: {@code Access-Control-Allow-Origin: *}.
     *
     * @return this
     */
    public Builder anyOrigin() {
      this.anyOrigin = true;
      return this;
    }

    /**
     * Listens, and serves from now on.
     *
     * @return the server
     * @throws java.net.UnknownHostException if the host is not known
     * @throws java.net.BindException if the port is in use or the address is not this machine's
     * @throws IOException if listening fails for another reason
     */
    public SseServer start() throws IOException {
      ServerSocket listening = new ServerSocket(port, BACKLOG, InetAddress.getByName(host));
      return new SseServer(this, listening);
    }
  }
}
