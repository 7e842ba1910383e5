package dev.ssebroker.http;

import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Subscription;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Serves one client on one thread, in the order of the protocol: requests and their answers, then
 * perhaps one stream, whose writer is the client's.
 */
final class Connection implements Runnable {
  /*
   * States. The number says which thread uses the transport.
   *
   *   opening ──▶ requests ──▶ stream ──▶ lingering ──▶ closed
   *     1            1            2           3
   *                  └───────────────────────▶┘
   *
   * 1: the connection's thread. 2: the client's writer; the transport detects a disconnect, and may
   * use the connection's thread for that. 3: nobody writes. The transport ignores what the client
   * sends until it closes its side or the time is over. Every state can be followed by closed.
   *
   * Time limits. The socket's timeout limits reads, so that a slow client can still receive a 408.
   * No socket timeout limits a handshake, a TLS record that arrives byte by byte, or a write. There
   * the server's watch cuts the connection when the TimeLimit is over.
   */

  /** How long the server reads after its last byte before it closes the socket. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private static final Logger STREAM_LOG = System.getLogger("dev.ssebroker.http.streams");

  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final ServerSettings settings;
  private final Limits limits;
  private final Connections connections;
  private final Dispatcher dispatcher;
  private final Transport transport;

  /** The client's address. */
  final InetAddress address;

  /** The status that refuses every request if the server is full; 0 if it is not. */
  final int refusal;

  /** Whether the connection counts as a stream. Guarded by the lock of {@link Connections}. */
  boolean hasStream;

  /** Written once by the connection's thread; read when the server closes. */
  private volatile @Nullable Subscription subscription;

  /** Null until the stream begins. Written with the subscription. */
  private @Nullable SocketSink sink;

  /** Whether the connection waits for a request. Written by the connection's thread. */
  private volatile boolean idle;

  /** Limits what no socket timeout limits. */
  private final TimeLimit timeLimit;

  /** A request for a stream, and the settings of its client. */
  private record StreamRequest(
      Request request, Decision.Stream stream, Subscription.Builder builder) {}

  Connection(Service service, Transport transport, int refusal) {
    this.settings = service.settings();
    this.limits = settings.limits();
    this.connections = service.connections();
    this.dispatcher = service.dispatcher();
    this.transport = transport;
    this.address = transport.remote().getAddress();
    this.refusal = refusal;
    this.timeLimit = new TimeLimit(service.timeLimits(), this::cut);
  }

  @Override
  public void run() {
    Optional<Subscription> client = Optional.empty();
    try {
      client = serve();
    } catch (IOException e) {
      // The client disconnected, or the server cut the connection.
    } finally {
      client.ifPresentOrElse(
          present -> transport.awaitDisconnect(() -> disconnected(present)), this::end);
    }
  }

  /** Returns the client of the stream; empty if the connection has ended without one. */
  private Optional<Subscription> serve() throws IOException {
    timeLimit.begin(limits.firstByte());
    transport.open();
    timeLimit.end();
    SocketInput in = new SocketInput(timeLimit, transport);
    // The reader and its buffer are unreachable after this: an idle stream keeps neither.
    Optional<StreamRequest> last = serveRequests(in);
    if (last.isPresent()) {
      return subscribe(last.get());
    }
    linger(in);
    return Optional.empty();
  }

  /**
   * Serves requests until the connection ends or a stream begins. Returns the request for the
   * stream.
   */
  private Optional<StreamRequest> serveRequests(SocketInput in) throws IOException {
    ByteReader reader = new ByteReader(in);
    in.allow(limits.firstByte());
    idle = true;
    // A closing server cuts idle connections. One that becomes idle later sees that it is closing.
    while (!connections.isClosing() && !reader.atEnd()) {
      idle = false;
      in.allow(limits.head());
      RequestParser parser = new RequestParser(reader, limits, transport.remote());
      try {
        Request request = parser.parse().withClientCertificate(transport.clientCertificate());
        RequestBody body =
            new RequestBody(request, reader, limits, expected -> prepareBody(in, expected));
        switch (decide(request, body)) {
          case Decision.Stream stream -> {
            return streamRequest(request, stream);
          }
          case Decision.Answer last when body.awaitsContinue() || isLast(request) -> {
            return answerLast(last, parser);
          }
          case Decision.Answer answer ->
              write(bytes(parser.origin(), answer, parser.isHead(), false));
        }
      } catch (BadRequest e) {
        return answerLast(connections.figures().refusals().addAnswer(e.answer), parser);
      } catch (SocketTimeoutException e) {
        Decision.Answer late = ResponseHead.error(408, "the request did not arrive in time");
        return answerLast(connections.figures().refusals().addAnswer(late), parser);
      }
      in.allow(limits.idle());
      idle = true;
    }
    return Optional.empty();
  }

  /**
   * Called before a body is read. Sends 100 Continue if the client expects it (RFC 9110 §10.1.1).
   */
  private void prepareBody(SocketInput in, boolean expected) throws IOException {
    in.allow(limits.body());
    if (expected) {
      write(CONTINUE);
    }
  }

  private Decision decide(Request request, RequestBody body) throws IOException, BadRequest {
    Decision decision =
        refusal == 0
            ? dispatcher.decide(request, body)
            : dispatcher.status(request).orElseGet(() -> refuse(request, refusal, false));
    if (decision instanceof Decision.Answer answer && refusal == 0) {
      connections.figures().refusals().addAnswer(answer);
    }
    if (!body.awaitsContinue()) {
      body.skip();
    }
    return decision;
  }

  /** Returns empty, after a last answer, if the request gets no stream. */
  private Optional<StreamRequest> streamRequest(Request request, Decision.Stream stream)
      throws IOException, BadRequest {
    Subscription.Builder builder = stream.describe(settings.broker(), request);
    if (request.method().equals("HEAD")) {
      write(streamHead(request, false).toBytes());
      return Optional.empty();
    }
    int full = connections.beginStream(this);
    if (full == 0) {
      return Optional.of(new StreamRequest(request, stream, builder));
    }
    write(refusal(request, full, connections.isDraining()));
    return Optional.empty();
  }

  /** Returns whether the connection is closed after this request (RFC 9112 §9.3). */
  private boolean isLast(Request request) {
    return request.version().equals("HTTP/1.0")
        || request.lists("Connection", "close")
        || refusal != 0
        || connections.isClosing();
  }

  private byte[] bytes(
      Optional<String> origin, Decision.Answer answer, boolean toHead, boolean last) {
    byte[] body = answer.bodyBytes();
    byte[] head = settings.cors().addTo(ResponseHead.of(answer, last), origin).toBytes();
    if (toHead) {
      return head;
    }
    byte[] bytes = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, bytes, head.length, body.length);
    return bytes;
  }

  private static Optional<String> origin(Request request) {
    return request.headers().first("Origin");
  }

  /** Returns empty, because no stream follows a last answer. */
  private Optional<StreamRequest> answerLast(Decision.Answer answer, RequestParser parser)
      throws IOException {
    write(bytes(parser.origin(), answer, parser.isHead(), true));
    return Optional.empty();
  }

  private void write(byte[] bytes) throws IOException {
    timeLimit.begin(limits.body());
    transport.write(transport.buffer(bytes.length).put(bytes));
    timeLimit.end();
  }

  /**
   * Reads until the client has finished sending. Closing a socket with unread bytes resets it, and
   * the reset could overtake the answer (RFC 9112 §9.6).
   */
  private void linger(SocketInput in) throws IOException {
    timeLimit.begin(LINGER);
    transport.shutdownOutput();
    timeLimit.end();
    in.allow(LINGER);
    byte[] ignored = new byte[1024];
    try {
      while (in.read(ignored, 0, ignored.length) >= 0) {}
    } catch (SocketTimeoutException e) {
      // The client had enough time.
    }
  }

  /**
   * Subscribes before the head is sent, so that a client that has seen the head misses nothing.
   * From then on the client's writer writes to the transport. Returns empty, after an answer, if
   * the broker is closed.
   */
  private Optional<Subscription> subscribe(StreamRequest accepted) throws IOException {
    transport.beginStream();
    Subscription client;
    try {
      sink = sink(accepted.request());
      client = accepted.builder().open(sink);
    } catch (BrokerClosedException e) {
      write(refusal(accepted.request(), 503, true));
      return Optional.empty();
    }
    subscription = client;
    if (connections.isDraining()) {
      client.close();
    }
    accepted.stream().opened(accepted.request(), client);
    return Optional.of(client);
  }

  private byte[] refusal(Request request, int status, boolean draining) {
    return bytes(origin(request), refuse(request, status, draining), false, true);
  }

  private Decision.Answer refuse(Request request, int status, boolean draining) {
    connections.figures().refusals().addLimit(status, draining);
    return Refusal.of(request, status);
  }

  private SocketSink sink(Request request) {
    boolean gzip = settings.gzip() && request.accepts("gzip");
    return new SocketSink(
        transport,
        this::lingerAfterStream,
        streamHead(request, gzip).toBytes(),
        Retry.prelude(settings.retry()),
        request.version().equals("HTTP/1.1"),
        gzip ? new GzipStream() : null,
        connections.figures().deliveryTimes());
  }

  private ResponseHead streamHead(Request request, boolean gzip) {
    ResponseHead head = new ResponseHead(200, true);
    ResponseHead.STREAM_FIELDS.forEach(field -> head.field(field.getKey(), field.getValue()));
    if (settings.gzip()) {
      head.field("Vary", "Accept-Encoding");
    }
    if (gzip) {
      head.field("Content-Encoding", "gzip");
    }
    if (request.version().equals("HTTP/1.1")) {
      head.field("Transfer-Encoding", "chunked");
    }
    return settings.cors().addTo(head, origin(request));
  }

  /**
   * Gives the client time to receive the end of its stream and to close its side. Closing a socket
   * with unread bytes would reset it, and the reset could overtake the end (RFC 9112 §9.6).
   */
  private void lingerAfterStream() {
    timeLimit.begin(LINGER);
    if (!connections.endStream(this)) {
      timeLimit.end();
    }
  }

  /** Ends the stream. Answers the client's close_notify under TLS (RFC 8446 §6.1). */
  private void disconnected(Subscription client) {
    try {
      timeLimit.begin(LINGER);
      transport.shutdownOutput();
    } catch (IOException e) {
      // The client reset the connection, or the transport is closed.
    } finally {
      client.disconnected();
      end();
    }
  }

  /** Cuts the connection unless an answer is under way. Called when the server closes. */
  void cutIfIdle() {
    if (idle) {
      cut();
    }
  }

  /** Ends the stream after what is queued. Called when the server closes. */
  void endStream() {
    Subscription client = subscription;
    if (client != null) {
      client.close();
    }
  }

  /** Closes the socket, which frees the connection's thread and the stream's writer. */
  void cut() {
    SseServer.closeQuietly(transport);
  }

  /** Closes the socket and removes the connection. Further calls do nothing. */
  private void end() {
    cut();
    if (connections.remove(this) && STREAM_LOG.isLoggable(Level.DEBUG)) {
      logEnd(subscription, sink);
    }
    timeLimit.end();
  }

  /** Logs the topics, and not the path or the query, which may contain a secret. */
  private void logEnd(@Nullable Subscription client, @Nullable SocketSink stream) {
    if (client == null || stream == null) {
      return;
    }
    String line =
        String.format(
            Locale.ROOT,
            "Client %d at %s:%d ended: %s after %.3f s of %s",
            client.id(),
            address.getHostAddress(),
            transport.remote().getPort(),
            client.reason().map(BrokerMetric::label).orElse("unknown"),
            stream.age().toNanos() / 1e9,
            String.join(", ", client.topics()));
    STREAM_LOG.log(Level.DEBUG, line);
  }
}
