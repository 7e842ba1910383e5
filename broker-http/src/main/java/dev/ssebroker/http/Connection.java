package dev.ssebroker.http;

import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Subscription;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Serves one socket on one virtual thread, in the order of the protocol: requests and their
 * answers, then perhaps one stream. The thread ends when the stream begins. From then on the
 * client's writer writes to the socket, and the server's watch detects when the client disconnects.
 */
final class Connection implements Runnable {
  /*
   * Time limits. The socket's timeout limits reads, so that a slow client can still receive a 408.
   * No socket timeout limits a handshake, a TLS record that arrives byte by byte, or a write. There
   * the server's watch cuts the connection when the TimeLimit is over.
   *
   * TLS. The connection's thread stays and reads during a stream, because a TLS socket cannot be
   * read without blocking.
   */

  /** How long the server reads after its last answer before it closes the socket. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** How much a client may send during a stream. The server ignores it. */
  static final int MAX_UNSOLICITED_BYTES = 64 * 1024;

  private final SseServer server;
  private final SseServer.Builder settings;
  private final Connections connections;
  private final Limits limits;
  private final SocketChannel channel;
  private final Socket transport;

  /** The client's address. */
  final InetAddress address;

  /** The status for every request if the server is full; 0 if it is not. */
  final int refusalStatus;

  /** Whether the connection has begun a stream. Guarded by the lock of {@link Connections}. */
  boolean hasStream;

  /** The transport, or TLS on top of it. Used by the connection's thread. */
  private Socket socket;

  /** What {@link #cut} closes. Written by the connection's thread. */
  private volatile Closeable cutTarget;

  /** Whether the stream goes on without this thread. Used by the connection's thread only. */
  private boolean handedOver;

  /** Written once by the connection's thread; read when the server closes. */
  private volatile @Nullable Subscription subscription;

  /** Whether the connection waits for a request. Written by the connection's thread. */
  private volatile boolean idle;

  /** Limits what no socket timeout limits. */
  private final TimeLimit timeLimit;

  /** A request for a stream, and the settings of its client. */
  private record StreamRequest(
      Request request, Decision.Stream stream, Subscription.Builder builder) {}

  Connection(SseServer server, SocketChannel channel, InetAddress address, int refusalStatus) {
    this.server = server;
    this.settings = server.settings();
    this.connections = server.connections();
    this.limits = settings.limits;
    this.channel = channel;
    this.transport = channel.socket();
    this.socket = transport;
    this.cutTarget = channel;
    this.address = address;
    this.refusalStatus = refusalStatus;
    this.timeLimit = new TimeLimit(server.watch().timeLimits(), this::cut);
  }

  @Override
  public void run() {
    try {
      transport.setTcpNoDelay(true);
      transport.setKeepAlive(true);
      handshake();
      // The reader and its buffer are unreachable from here on: an idle stream keeps neither.
      Optional<StreamRequest> last = serveRequests();
      if (last.isPresent()) {
        stream(last.get());
      }
      if (!handedOver) {
        timeLimit.begin(LINGER);
        socket.close();
      }
    } catch (IOException e) {
      // The client disconnected, or the server cut the connection.
    } finally {
      timeLimit.end();
      if (!handedOver) {
        end();
      }
    }
  }

  private void handshake() throws IOException {
    SSLContext tls = settings.tls;
    if (tls != null) {
      timeLimit.begin(limits.firstByte());
      SSLSocket secured =
          (SSLSocket)
              tls.getSocketFactory().createSocket(transport, InputStream.nullInputStream(), true);
      secured.startHandshake();
      socket = secured;
      timeLimit.end();
    }
  }

  /**
   * Serves requests until the connection ends or a stream begins. Returns the request for the
   * stream.
   */
  private Optional<StreamRequest> serveRequests() throws IOException {
    SocketInput in = new SocketInput(timeLimit, socket);
    ByteReader reader = new ByteReader(in);
    in.allow(limits.firstByte());
    idle = true;
    // A closing server cuts idle connections. One that becomes idle later sees that it is closing.
    while (!connections.isClosing() && !reader.atEnd()) {
      idle = false;
      in.allow(limits.head());
      RequestParser parser = new RequestParser(reader, limits, remote());
      try {
        Request request = parser.parse();
        RequestBody body =
            new RequestBody(request, reader, limits, expected -> prepareBody(in, expected));
        switch (decide(request, body)) {
          case Decision.Stream stream -> {
            return streamRequest(request, stream, in);
          }
          case Decision.Answer last when body.awaitsContinue() || isLast(request) -> {
            return answerLast(last, parser, in);
          }
          case Decision.Answer answer ->
              write(bytes(parser.origin(), answer, parser.isHead(), false));
        }
      } catch (BadRequest e) {
        return answerLast(e.answer, parser, in);
      } catch (SocketTimeoutException e) {
        Decision.Answer late = ResponseHead.error(408, "the request did not arrive in time");
        return answerLast(late, parser, in);
      }
      in.allow(limits.idle());
      idle = true;
    }
    return Optional.empty();
  }

  private InetSocketAddress remote() {
    return (InetSocketAddress) transport.getRemoteSocketAddress();
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
        refusalStatus == 0
            ? server.dispatcher().decide(request, body)
            : Refusal.of(request, refusalStatus);
    if (!body.awaitsContinue()) {
      body.skip();
    }
    return decision;
  }

  /** Returns empty, after a last answer, if the request gets no stream. */
  private Optional<StreamRequest> streamRequest(
      Request request, Decision.Stream stream, SocketInput in) throws IOException, BadRequest {
    Subscription.Builder builder = stream.describe(settings.broker, request);
    if (request.method().equals("HEAD")) {
      write(streamHead(request, false).toBytes());
    } else if (connections.beginStream(this)) {
      return Optional.of(new StreamRequest(request, stream, builder));
    } else {
      write(refusal(request));
    }
    linger(in);
    return Optional.empty();
  }

  /** Returns whether the connection is closed after this request (RFC 9112 §9.3). */
  private boolean isLast(Request request) {
    return request.version().equals("HTTP/1.0")
        || request.lists("Connection", "close")
        || refusalStatus != 0
        || connections.isClosing();
  }

  private byte[] bytes(
      Optional<String> origin, Decision.Answer answer, boolean toHead, boolean last) {
    byte[] body = answer.bodyBytes();
    byte[] head = settings.cors.addTo(ResponseHead.of(answer, last), origin).toBytes();
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
  private Optional<StreamRequest> answerLast(
      Decision.Answer answer, RequestParser parser, SocketInput in) throws IOException {
    write(bytes(parser.origin(), answer, parser.isHead(), true));
    linger(in);
    return Optional.empty();
  }

  private void write(byte[] bytes) throws IOException {
    write(bytes, socket.getOutputStream());
  }

  private void write(byte[] bytes, OutputStream out) throws IOException {
    timeLimit.begin(limits.body());
    out.write(bytes);
    timeLimit.end();
  }

  /**
   * Reads until the client has finished sending. Closing a socket with unread bytes resets it, and
   * the reset could overtake the answer (RFC 9112 §9.6).
   */
  private void linger(SocketInput in) throws IOException {
    timeLimit.begin(LINGER);
    socket.shutdownOutput();
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
   * From then on the client's writer owns the socket's output.
   */
  private void stream(StreamRequest accepted) throws IOException {
    if (settings.tls == null) {
      WatchedSocket watched = server.watch().register(channel);
      cutTarget = watched;
      Optional<Subscription> client = subscribe(accepted, watched, this::end);
      handedOver = client.isPresent();
      client.ifPresent(present -> {
        watched.onDisconnect(present::disconnected);
        accepted.stream().opened(accepted.request(), present);
      });
    } else {
      Optional<Subscription> client = subscribe(accepted, socket.getOutputStream(), transport);
      if (client.isPresent()) {
        accepted.stream().opened(accepted.request(), client.get());
        awaitEnd(client.get());
      }
    }
  }

  /**
   * Returns empty, after an answer, if the broker is closed.
   *
   * @param transport closed when the stream ends, and to free a blocked write
   */
  private Optional<Subscription> subscribe(
      StreamRequest accepted, OutputStream out, Closeable transport) throws IOException {
    Subscription client;
    try {
      client = accepted.builder().open(sink(accepted.request(), out, transport));
    } catch (BrokerClosedException e) {
      write(refusal(accepted.request()), out);
      return Optional.empty();
    }
    subscription = client;
    if (connections.isDraining()) {
      client.close();
    }
    return Optional.of(client);
  }

  private byte[] refusal(Request request) {
    return bytes(origin(request), Refusal.of(request, 503), false, true);
  }

  private SocketSink sink(Request request, OutputStream out, Closeable transport) {
    boolean gzip = settings.gzip && request.accepts("gzip");
    return new SocketSink(
        socket,
        out,
        transport,
        streamHead(request, gzip).toBytes(),
        Retry.prelude(settings.retry),
        request.version().equals("HTTP/1.1"),
        gzip ? new GzipStream() : null);
  }

  private ResponseHead streamHead(Request request, boolean gzip) {
    ResponseHead head = new ResponseHead(200, true);
    ResponseHead.STREAM_FIELDS.forEach(field -> head.field(field.getKey(), field.getValue()));
    if (settings.gzip) {
      head.field("Vary", "Accept-Encoding");
    }
    if (gzip) {
      head.field("Content-Encoding", "gzip");
    }
    if (request.version().equals("HTTP/1.1")) {
      head.field("Transfer-Encoding", "chunked");
    }
    return settings.cors.addTo(head, origin(request));
  }

  /**
   * Returns when the client disconnects. A client that closes only its side, or that sends too
   * much, counts as disconnected.
   */
  private void awaitEnd(Subscription client) throws IOException {
    try {
      socket.setSoTimeout(0);
      socket.getInputStream().skipNBytes(MAX_UNSOLICITED_BYTES);
    } finally {
      client.disconnected();
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
    SseServer.closeQuietly(cutTarget);
  }

  /**
   * Closes the socket and removes the connection. Called by its thread, or to close the stream's
   * sink; further calls do nothing.
   */
  private void end() {
    cut();
    connections.remove(this);
  }
}
