package dev.ssebroker.http;

import dev.ssebroker.Broker;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server for the event streams of a broker.
 *
 * <p>The {@link StreamHandler} decides what each GET and HEAD request gets (RFC 9110, RFC 9112),
 * unless its path has a {@link Builder#handle handler}. All methods may be called by any thread.
 *
 * <p><b>Threads.</b> Each connection has a virtual thread of its own until its stream begins. From
 * then on the client's writer writes, and one thread of the server watches the sockets of all
 * streams. With {@link Builder#blocking} or {@link Builder#tls} the connection's thread stays and
 * reads instead. An open server keeps the JVM alive unless {@link Builder#daemon} is set. No thread
 * of the server inherits from the thread that starts it.
 *
 * <p>From Java 24 on, a connection's thread calls handlers and authorizer. Before Java 24 a virtual
 * thread that waits in a monitor holds its carrier, so one of up to 256 platform threads calls them
 * while the connection's thread waits. If 10,000 calls wait for one of these threads, further
 * requests are refused as those beyond {@link Limits} are. The connection's thread calls body
 * formats and {@link Decision.Stream#with} on all versions; these should not wait.
 */
public final class SseServer implements AutoCloseable {
  static final Logger LOG = System.getLogger(SseServer.class.getPackageName());

  /** How long {@link #close()} waits for streams to end. */
  public static final Duration DEFAULT_DRAIN = Duration.ofSeconds(5);

  private static final ThreadFactory ADMIN_THREADS =
      Thread.ofPlatform()
          .daemon()
          .inheritInheritableThreadLocals(false)
          .name("sse-admin-", 1)
          .factory();

  /** How long a closing server waits for the threads of cut connections. */
  private static final Duration CUT_GRACE = Duration.ofSeconds(1);

  private final Watch watch;
  private final Thread watchThread;
  private final Connections connections;
  private final Dispatcher dispatcher;
  private final List<Acceptor> acceptors;
  private final Connections adminConnections;
  private final List<Acceptor> adminAcceptors;

  private SseServer(
      Builder builder, List<ServerSocketChannel> listening, List<ServerSocketChannel> admin)
      throws IOException {
    ServerSettings settings = builder.settings();
    this.watch = new Watch(settings.limits());
    this.connections = new Connections(settings.limits());
    Service service = new Service(settings, connections, watch.timeLimits());
    this.dispatcher = service.dispatcher();
    Function<SocketChannel, Transport> transports = builder.transports(watch);
    this.acceptors =
        listening.stream()
            .map(channel ->
                new Acceptor("sse-acceptor", channel, service, transports, builder.threads))
            .toList();
    ServerSettings adminSettings = settings.admin();
    this.adminConnections = new Connections(adminSettings.limits());
    Service adminService =
        new Service(
            adminSettings,
            adminConnections,
            new Dispatcher(adminSettings, connections),
            watch.timeLimits());
    this.adminAcceptors =
        admin.stream()
            .map(channel ->
                new Acceptor(
                    "sse-admin-acceptor",
                    channel,
                    adminService,
                    BlockingTransport::plain,
                    ADMIN_THREADS))
            .toList();
    this.watchThread =
        Thread.ofPlatform()
            .daemon(builder.daemon)
            .inheritInheritableThreadLocals(false)
            .name("sse-watch")
            .start(watch);
    acceptors.forEach(Acceptor::start);
    adminAcceptors.forEach(Acceptor::start);
  }

  /**
   * Returns a builder for a server.
   *
   * @param broker the broker whose streams are served; closing the server does not close it
   * @param handler decides what each request gets
   * @return a builder with every setting at its default
   */
  public static Builder builder(Broker broker, StreamHandler handler) {
    return new Builder(broker, handler);
  }

  /**
   * Returns the address that the server listens on. The host {@code localhost} may have two
   * addresses; this is the first.
   *
   * @return the address, with the actual port if the setting was 0
   */
  public InetSocketAddress address() {
    return acceptors.getFirst().address();
  }

  /**
   * Returns the port that the server listens on.
   *
   * @return from 1 to 65535
   */
  public int port() {
    return address().getPort();
  }

  /**
   * Returns the port for health checks and metrics only.
   *
   * @return from 1 to 65535
   * @throws IllegalStateException if {@link Builder#admin} was not set
   */
  public int adminPort() {
    if (adminAcceptors.isEmpty()) {
      throw new IllegalStateException("the server has no admin port; Builder.admin sets one");
    }
    return adminAcceptors.getFirst().address().getPort();
  }

  /** Closes the server as {@link #close(Duration)} does, with {@link #DEFAULT_DRAIN}. */
  @Override
  public void close() {
    close(DEFAULT_DRAIN);
  }

  /**
   * Closes the server in three steps, and returns when all of its threads have finished their work:
   *
   * <ol>
   *   <li>It refuses new streams, ends every open stream after what is queued for it, and waits for
   *       these ends. Other requests are still answered, and {@code /readyz} answers 503.
   *   <li>It stops listening and lets answers that are under way finish.
   *   <li>When the time is over, it cuts every stream and connection that is still open.
   * </ol>
   *
   * <p>The admin port answers until then.
   *
   * <p>It returns at the latest one second after the given time. An interrupt ends the wait, as if
   * the time were over. The broker stays open.
   *
   * @param drain how long streams may take to end, zero or more
   * @return whether every stream ended in an orderly way
   * @throws IllegalArgumentException if the time is negative; the server stays open
   */
  public boolean close(Duration drain) {
    if (drain.isNegative()) {
      throw new IllegalArgumentException("drain is %s; allowed is 0 or more".formatted(drain));
    }
    long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(drain);
    connections.drain();
    connections.forEach(Connection::endStream);
    boolean drained = connections.awaitNoStream(deadline);
    connections.beginClosing();
    acceptors.forEach(Acceptor::close);
    connections.forEach(Connection::cutIfIdle);
    if (drained) {
      connections.awaitNone(deadline);
    }
    connections.forEach(Connection::cut);
    connections.awaitNone(System.nanoTime() + CUT_GRACE.toNanos());
    dispatcher.close();
    adminConnections.beginClosing();
    adminAcceptors.forEach(Acceptor::close);
    adminConnections.forEach(Connection::cut);
    adminConnections.awaitNone(System.nanoTime() + CUT_GRACE.toNanos());
    closeQuietly(watch);
    awaitEnd(watchThread, CUT_GRACE);
    return drained;
  }

  static void awaitEnd(Thread thread, Duration time) {
    try {
      thread.join(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  Watch watch() {
    return watch;
  }

  Connections connections() {
    return connections;
  }

  static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "A socket could not be closed", e);
    }
  }

  /** Builds a server. Not thread-safe. */
  public static final class Builder {
    private static final Duration SHORTEST_RETRY = Duration.ofMillis(100);
    private static final Duration LONGEST_RETRY = Duration.ofHours(1);

    private final Broker broker;
    private final StreamHandler handler;
    private final Map<String, BodyFormat> formats = new TreeMap<>();
    private Routes routes = Routes.NONE;
    private String host = "localhost";
    private int port = 8080;
    private Limits limits = Limits.DEFAULT;
    private Cors cors = Cors.NONE;
    private Duration retry = Duration.ofSeconds(3);
    private boolean gzip = true;
    private boolean health;
    private boolean metrics;
    private boolean blocking;
    private boolean daemon;
    private ThreadFactory threads =
        Thread.ofVirtual().inheritInheritableThreadLocals(false).name("sse-conn-", 1).factory();
    private @Nullable String adminHost;
    private int adminPort;
    private @Nullable Authorizer authorizer;
    private @Nullable PathPrefix publishing;
    private @Nullable Tls tls;

    private Builder(Broker broker, StreamHandler handler) {
      this.broker = Objects.requireNonNull(broker, "broker");
      this.handler = Objects.requireNonNull(handler, "handler");
    }

    /**
     * Sets the address to listen on.
     *
     * @param host a name or an address of this machine; {@code localhost}, which only this machine
     *     can reach, unless set; {@code 0.0.0.0} for all addresses. For {@code localhost} the
     *     server listens on both 127.0.0.1 and ::1 if the machine has them
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
      this.port = checkedPort(port);
      return this;
    }

    private static int checkedPort(int port) {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException(
            "port is %d; allowed is from 0 to 65535".formatted(port));
      }
      return port;
    }

    /**
     * Sets which web sites' pages may read the server's answers.
     *
     * @param cors none unless set; {@link Cors#anyOrigin()} for all
     * @return this
     */
    public Builder cors(Cors cors) {
      this.cors = Objects.requireNonNull(cors, "cors");
      return this;
    }

    /**
     * Sets what clients may use of the server.
     *
     * @param limits {@link Limits#DEFAULT} unless set
     * @return this
     */
    public Builder limits(Limits limits) {
      this.limits = Objects.requireNonNull(limits, "limits");
      return this;
    }

    /**
     * Sets how long a client is asked to wait before it reconnects. Each client receives a time of
     * its own, up to a third shorter or longer, so that they do not all reconnect at once (HTML
     * §9.2.6, the field {@code retry}).
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
     * Sets whether streams are compressed for clients that accept gzip. Each event is deflated once
     * for all of them. Small events are not deflated.
     *
     * @param gzip true unless set
     * @return this
     */
    public Builder gzip(boolean gzip) {
      this.gzip = gzip;
      return this;
    }

    /**
     * Sets who decides which topics a request gets.
     *
     * @param authorizer unless set, every request gets every topic
     * @return this
     */
    public Builder authorizer(Authorizer authorizer) {
      this.authorizer = Objects.requireNonNull(authorizer, "authorizer");
      return this;
    }

    /**
     * Lets clients publish with {@code POST} requests to the prefix and a topic. The body is the
     * event's data in UTF-8. The query parameters {@code type}, {@code id}, {@code key} and {@code
     * retry} (in milliseconds) set the other fields, and so do the header fields {@code
     * Event-Type}, {@code Event-Id}, {@code Event-Key} and {@code Event-Retry}. The answer is the
     * receipt, in JSON. Publishing needs an {@link #authorizer}.
     *
     * @param prefix the beginning of the paths that end with a topic, such as {@code /topics/};
     *     nobody can publish unless set
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
     * @param format reads bodies of its media types; it replaces an earlier format for a type
     * @return this
     */
    public Builder bodyFormat(BodyFormat format) {
      format.mediaTypes().forEach(mediaType -> formats.put(mediaType, format));
      return this;
    }

    /**
     * Adds a handler for the requests of one method to the paths of a pattern, such as {@code
     * /rooms/{room}}. A name in braces matches any one segment that is not empty; the handler gets
     * its value by {@link Request#pathValue}. All other segments are compared with what the client
     * sends, escapes included. If two patterns match, literal segments take precedence over names.
     *
     * <p>The paths of the {@link #health} and {@link #metrics} settings take precedence over the
     * handlers, and the handlers over the prefix of {@link #publishing}. The stream handler gets
     * the paths that no pattern of any method matches. At all other paths a method without a
     * handler is refused with a 405. A handler of GET also gets HEAD.
     *
     * @param method {@code DELETE}, {@code GET}, {@code PATCH}, {@code POST} or {@code PUT}
     * @param path the whole path
     * @param handler decides what the requests get
     * @return this
     * @throws IllegalArgumentException if the method or the path is invalid; or if another pattern
     *     of the method matches some of the same paths, and neither is more specific
     */
    public Builder handle(String method, String path, RequestHandler handler) {
      routes = routes.with(method, path, handler);
      return this;
    }

    /**
     * Serves HTTPS instead of HTTP.
     *
     * @param tls the certificate and its key; {@link Tls#pem} reads them from two files
     * @return this
     */
    public Builder tls(Tls tls) {
      this.tls = Objects.requireNonNull(tls, "tls");
      return this;
    }

    /**
     * Answers {@code GET /healthz} with 200 while the server runs. Answers {@code GET /readyz} with
     * 200, and with 503 once the server is closing. The handler and the authorizer are not asked.
     *
     * @return this
     */
    public Builder health() {
      this.health = true;
      return this;
    }

    /**
     * Answers {@code GET /metrics} in Prometheus' text format. The handler and the authorizer are
     * not asked, so use it only where nobody but Prometheus can reach the server.
     *
     * @return this
     */
    public Builder metrics() {
      this.metrics = true;
      return this;
    }

    /**
     * Listens on one more port, which answers {@code GET /healthz}, {@code /readyz} and {@code
     * /metrics} and nothing else, without TLS. Its threads are platform threads, and its
     * connections do not count for the {@link #limits}. So it answers while the server is full, and
     * while other code blocks the carriers of all virtual threads. Nobody but the orchestrator and
     * Prometheus should reach it.
     *
     * @param host as for {@link #host}
     * @param port from 1 to 65535, or 0 for a free one
     * @return this
     * @throws IllegalArgumentException if the port is out of bounds
     */
    public Builder admin(String host, int port) {
      this.adminHost = Objects.requireNonNull(host, "host");
      this.adminPort = checkedPort(port);
      return this;
    }

    /**
     * Sets how the server waits for the clients of streams. A blocking server keeps one virtual
     * thread for each stream, which reads until the client disconnects, and its writers block in
     * the socket. Otherwise one thread watches all sockets with a selector, which takes less
     * memory. TLS always blocks.
     *
     * @param blocking false unless set
     * @return this
     */
    public Builder blocking(boolean blocking) {
      this.blocking = blocking;
      return this;
    }

    /**
     * Sets the threads on which requests are read and the handlers and the authorizer are called.
     *
     * @param threads called once for each connection; unless set, it creates virtual threads that
     *     inherit no thread-locals. If it fails, the connection is closed and the log has a warning
     * @return this
     */
    public Builder threads(ThreadFactory threads) {
      this.threads = Objects.requireNonNull(threads, "threads");
      return this;
    }

    /**
     * Sets whether the JVM may exit while the server is open.
     *
     * @param daemon false unless set: an open server keeps the JVM alive
     * @return this
     */
    public Builder daemon(boolean daemon) {
      this.daemon = daemon;
      return this;
    }

    /**
     * Starts the server.
     *
     * @return the server, which accepts connections
     * @throws IllegalStateException if clients may publish and there is no authorizer
     * @throws java.net.UnknownHostException if the host is not known
     * @throws java.net.BindException if the port is in use, or if the address is not one of this
     *     machine; the message names host and port
     * @throws IOException if listening fails for another reason
     */
    public SseServer start() throws IOException {
      if (publishing != null && authorizer == null) {
        throw new IllegalStateException(
            "publishing needs an authorizer; Authorizer.bearer(token, Access.PUBLISH) is one");
      }
      // The JDK reads its time zones from a file on first use, and if that fails, logging fails for
      // good. So they are used here, and not first when no file descriptor is left.
      LOG.log(Level.DEBUG, "The log uses the time zone " + ZoneId.systemDefault());
      List<ServerSocketChannel> bound = new ArrayList<>();
      try {
        List<ServerSocketChannel> listening = Ports.bind(host, port, bound);
        List<ServerSocketChannel> admin =
            adminHost == null ? List.of() : Ports.bind(adminHost, adminPort, bound);
        return new SseServer(this, listening, admin);
      } catch (IOException e) {
        bound.forEach(SseServer::closeQuietly);
        throw e;
      }
    }

    private ServerSettings settings() {
      return new ServerSettings(
          broker,
          handler,
          formats,
          routes,
          limits,
          cors,
          retry,
          gzip,
          health,
          metrics,
          authorizer,
          publishing);
    }

    private Function<SocketChannel, Transport> transports(Watch watch) {
      if (tls != null) {
        BlockingTransport.Handshake handshake = tls.handshake();
        return channel -> new BlockingTransport(channel.socket(), handshake);
      }
      return blocking ? BlockingTransport::plain : channel -> new SelectedTransport(channel, watch);
    }
  }
}
