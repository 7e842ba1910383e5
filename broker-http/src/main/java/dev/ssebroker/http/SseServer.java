package dev.ssebroker.http;

import dev.ssebroker.Broker;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server for the event streams of a broker: one virtual thread per connection until its
 * stream begins, and then the broker's writer.
 *
 * <p>It asks its {@link StreamHandler} what each GET and HEAD request gets (RFC 9110, RFC 9112).
 * All methods may be called by any thread.
 */
public final class SseServer implements AutoCloseable {
  static final Logger LOG = System.getLogger(SseServer.class.getPackageName());

  /** How long {@link #close()} lets streams come to their end. */
  public static final Duration DEFAULT_DRAIN = Duration.ofSeconds(5);

  /** How many connections may wait to be accepted; the system may lower it. */
  private static final int BACKLOG = 4096;

  /** How long a closing server waits for the threads of connections that were cut. */
  private static final Duration CUT_GRACE = Duration.ofSeconds(1);

  private final Builder settings;
  private final ServerSocketChannel listening;
  private final Connections connections;
  private final Dispatcher dispatcher;
  private final Thread acceptor;
  private final Watch watch;
  private final Thread watching;

  /** Used by the acceptor's thread only. */
  private long lastConnectionId;

  private SseServer(Builder settings, ServerSocketChannel listening) throws IOException {
    this.settings = settings;
    this.listening = listening;
    this.connections = new Connections(settings.limits);
    this.dispatcher = new Dispatcher(connections, settings);
    this.watch = new Watch(connections, settings.limits);
    Acceptor accepting =
        new Acceptor(listening, settings.limits.acceptsPerSecond(), this::accepted);
    this.acceptor = Thread.ofVirtual().name("sse-acceptor").start(accepting);
    this.watching = Thread.ofPlatform().daemon().name("sse-watch").start(watch);
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
    return (InetSocketAddress) listening.socket().getLocalSocketAddress();
  }

  /**
   * The port the server listens on.
   *
   * @return from 1 to 65535
   */
  public int port() {
    return listening.socket().getLocalPort();
  }

  /** Closes the server as {@link #close(Duration)} does, with {@link #DEFAULT_DRAIN}. */
  @Override
  public void close() {
    close(DEFAULT_DRAIN);
  }

  /**
   * Lets no new streams in, ends every stream after what is queued for it, with HTTP's proper end,
   * and cuts those that are not finished in time. Until then other requests are still answered:
   * whoever asks {@code /readyz} learns that the server is going. Then it stops listening, lets
   * answers under way go out, and returns when all threads of the server have done their work, at
   * the latest a second after the given time. An interrupt cuts the waiting short, as if the time
   * were over. The broker stays open.
   *
   * @param drain how long streams may take, zero or more
   * @return whether every stream came to its proper end
   * @throws IllegalArgumentException if the time is negative; the server stays open
   */
  public boolean close(Duration drain) {
    if (drain.isNegative()) {
      throw new IllegalArgumentException("drain is %s; allowed is 0 or more".formatted(drain));
    }
    long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(drain);
    connections.drain();
    connections.list().forEach(Connection::endStream);
    boolean drained = connections.awaitNoStream(deadline);
    connections.beginClosing();
    closeQuietly(listening);
    LockSupport.unpark(acceptor);
    // The port is free only when no thread is left in accept.
    awaitEnd(acceptor);
    connections.list().stream().filter(Connection::isIdle).forEach(Connection::cut);
    if (drained) {
      connections.awaitNone(deadline);
    }
    connections.list().forEach(Connection::cut);
    connections.awaitNone(System.nanoTime() + CUT_GRACE.toNanos());
    closeQuietly(watch);
    awaitEnd(watching);
    return drained;
  }

  private static void awaitEnd(Thread thread) {
    try {
      thread.join(CUT_GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accepted(SocketChannel channel) {
    InetAddress address = channel.socket().getInetAddress();
    Optional<Connection> connection =
        connections.add(address, refusal -> new Connection(this, channel, address, refusal));
    if (connection.isEmpty()) {
      closeQuietly(channel);
      return;
    }
    lastConnectionId++;
    Thread.ofVirtual().name("sse-conn-" + lastConnectionId).start(connection.get());
  }

  Watch watch() {
    return watch;
  }

  Connections connections() {
    return connections;
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  Builder settings() {
    return settings;
  }

  static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "A socket could not be closed", e);
    }
  }

  /** Describes a server. Not thread-safe. */
  public static final class Builder {
    private static final Duration SHORTEST_RETRY = Duration.ofMillis(100);
    private static final Duration LONGEST_RETRY = Duration.ofHours(1);

    final Broker broker;
    final StreamHandler handler;
    final Map<String, BodyFormat> formats = new TreeMap<>();
    final Map<String, PostHandler> posts = new TreeMap<>();
    private String host = "localhost";
    private int port = 8080;
    Limits limits = Limits.DEFAULT;
    Cors cors = Cors.NONE;
    Duration retry = Duration.ofSeconds(3);
    boolean gzip = true;
    boolean health;
    boolean metrics;
    @Nullable Authorizer authorizer;
    @Nullable PathPrefix publishing;
    @Nullable SSLContext tls;

    private Builder(Broker broker, StreamHandler handler) {
      this.broker = Objects.requireNonNull(broker, "broker");
      this.handler = Objects.requireNonNull(handler, "handler");
    }

    private Builder(Builder other) {
      this.broker = other.broker;
      this.handler = other.handler;
      this.formats.putAll(other.formats);
      this.posts.putAll(other.posts);
      this.limits = other.limits;
      this.cors = other.cors;
      this.retry = other.retry;
      this.gzip = other.gzip;
      this.health = other.health;
      this.metrics = other.metrics;
      this.authorizer = other.authorizer;
      this.publishing = other.publishing;
      this.tls = other.tls;
    }

    /**
     * Sets the address to listen on.
     *
     * @param host a name or an address of this machine; {@code localhost}, which nobody outside it
     *     can reach, unless set; {@code 0.0.0.0} for all of its addresses
     * @return this
     */
    public Builder host(String host) {
      this.host = Objects.requireNonNull(host, "host");
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
     * Sets which web sites' pages may read what the server answers.
     *
     * @param cors none unless set; {@link Cors#anyOrigin()} for all
     * @return this
     */
    public Builder cors(Cors cors) {
      this.cors = Objects.requireNonNull(cors, "cors");
      return this;
    }

    /**
     * Sets what clients may take of the server.
     *
     * @param limits {@link Limits#DEFAULT} unless set
     * @return this
     */
    public Builder limits(Limits limits) {
      this.limits = Objects.requireNonNull(limits, "limits");
      return this;
    }

    /**
     * Sets how long a client that has lost its stream is asked to wait before it comes back. Each
     * client is given a time of its own, a third shorter to a third longer, so that they do not all
     * come at once (HTML §9.2.6, the field {@code retry}).
     *
     * @param retry from 100 milliseconds to one hour; 3 seconds unless set
     * @return this
     * @throws IllegalArgumentException if it is out of bounds
     */
    public Builder retry(Duration retry) {
      if (retry.compareTo(SHORTEST_RETRY) < 0 || retry.compareTo(LONGEST_RETRY) > 0) {
        throw new IllegalArgumentException(
            "retry is %s; allowed is from 100 milliseconds to one hour".formatted(retry));
      }
      this.retry = retry;
      return this;
    }

    /**
     * Sets whether streams are compressed for clients that take gzip. Each event is deflated once
     * for all of them; small events are not deflated.
     *
     * @param gzip true unless set
     * @return this
     */
    public Builder gzip(boolean gzip) {
      this.gzip = gzip;
      return this;
    }

    /**
     * Sets who says which topics a request may have.
     *
     * @param authorizer everybody gets every topic unless set
     * @return this
     */
    public Builder authorizer(Authorizer authorizer) {
      this.authorizer = Objects.requireNonNull(authorizer, "authorizer");
      return this;
    }

    /**
     * Lets clients publish: {@code POST} to the prefix with a topic behind it, the body being the
     * event's data in UTF-8, with {@code type}, {@code id}, {@code key} and {@code retry} (in
     * milliseconds) as query parameters or as the header fields {@code Event-Type}, {@code
     * Event-Id}, {@code Event-Key} and {@code Event-Retry}. The answer is the receipt, in JSON. It
     * needs an {@link #authorizer}.
     *
     * @param prefix how the paths begin whose rest is a topic, such as {@code /topics/}; nobody can
     *     publish unless set
     * @return this
     * @throws IllegalArgumentException if the prefix does not begin and end with a slash, or has a
     *     question mark, a hash, a percent sign, an asterisk or characters that are not visible
     *     ASCII
     */
    public Builder publishing(String prefix) {
      this.publishing = new PathPrefix(prefix);
      return this;
    }

    /**
     * Lets clients publish in one more format. The answer is then an array of receipts, one for
     * each event.
     *
     * @param format asked for bodies of its media types, which replaces formats given before
     * @return this
     */
    public Builder bodyFormat(BodyFormat format) {
      format.mediaTypes().forEach(mediaType -> formats.put(mediaType, format));
      return this;
    }

    /**
     * Answers {@code POST} requests to one path, for what is neither a stream nor an event to
     * publish. The authorizer is not asked: the handler decides by itself who may. The body is read
     * within the {@link #limits}, and only if the server refuses the request for no reason of its
     * own. GET and HEAD requests to the path are still the stream handler's.
     *
     * @param path the whole path, as clients send it, such as {@code /admin/reload}; it takes
     *     precedence over the prefix of {@link #publishing}
     * @param handler asked for this path, and replaces one given for it before
     * @return this
     * @throws IllegalArgumentException if the path does not begin with a slash, or has characters
     *     other than visible ASCII, a question mark or a hash
     */
    public Builder post(String path, PostHandler handler) {
      if (!path.matches("/[\\x21-\\x7e&&[^?#]]*")) {
        throw new IllegalArgumentException(
            "path is '%s'; allowed are visible ASCII characters but ? and #, behind a slash"
                .formatted(path));
      }
      posts.put(path, Objects.requireNonNull(handler, "handler"));
      return this;
    }

    /**
     * Serves HTTPS instead of HTTP.
     *
     * @param context has the server's key; {@link Tls#pem} makes one of two files
     * @return this
     */
    public Builder tls(SSLContext context) {
      this.tls = Objects.requireNonNull(context, "context");
      return this;
    }

    /**
     * Answers {@code GET /healthz} with 200 as long as the server lives, and {@code GET /readyz}
     * with 200, or 503 from the moment on it is being closed. The handler and the authorizer are
     * not asked.
     *
     * @return this
     */
    public Builder health() {
      this.health = true;
      return this;
    }

    /**
     * Answers {@code GET /metrics} in Prometheus' text format. The handler and the authorizer are
     * not asked: do so where only Prometheus can reach the server.
     *
     * @return this
     */
    public Builder metrics() {
      this.metrics = true;
      return this;
    }

    /**
     * Listens, and serves from now on.
     *
     * @return the server
     * @throws IllegalStateException if clients may publish and there is no authorizer
     * @throws java.net.UnknownHostException if the host is not known
     * @throws java.net.BindException if the port is in use or the address is not this machine's
     * @throws IOException if listening fails for another reason
     */
    public SseServer start() throws IOException {
      if (publishing != null && authorizer == null) {
        throw new IllegalStateException(
            "publishing needs an authorizer; Authorizer.bearer(token, Access.PUBLISH) is one");
      }
      // The JDK reads its time zones from a file when they are first asked for, and if that fails,
      // logging fails for good: not for the first time when no file descriptor is left.
      LOG.log(Level.DEBUG, "The log's times are those of " + ZoneId.systemDefault());
      InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), port);
      ServerSocketChannel listening = ServerSocketChannel.open();
      try {
        listening.bind(address, BACKLOG);
        return new SseServer(new Builder(this), listening);
      } catch (IOException e) {
        listening.close();
        throw e;
      }
    }
  }
}
