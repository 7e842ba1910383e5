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
 * One socket in the order of the protocol, on one virtual thread: ordinary requests one after the
 * other, and a stream as the last one. The thread ends where the stream begins: the client's writer
 * writes it, and the server's watch sees when the client leaves.
 */
final class Connection implements Runnable {
  /*
   * Reading is limited in time by the socket's timeout, so that a client which is too slow can be told.
   * What no timeout of a socket limits, a handshake or a TLS record that drips and a write that nobody
   * reads, the server's watch ends by closing the socket.
   *
   * Only under TLS the thread stays, to read: what comes in must go through the TLS layer, which has no
   * way to be asked without waiting.
   */

  /** How long a client that was answered may go on sending before the socket is closed. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** How much a client may send while it receives a stream; it has nothing to say there. */
  static final int MAX_UNASKED_BYTES = 64 * 1024;

  private final SseServer server;
  private final SseServer.Builder settings;
  private final Connections connections;
  private final Limits limits;
  private final SocketChannel channel;
  private final Socket transport;

  /** Where the client is. */
  final InetAddress address;

  /** The status for every request, because the server is full; 0 if it is not. */
  final int refusal;

  /** Whether there is a stream, or was. Guarded by the lock of the connections. */
  boolean streams;

  /** The transport itself, or TLS over it. Used by the connection's thread. */
  private Socket socket;

  /** What is closed to free whoever is blocked. Written by the connection's thread. */
  private volatile Closeable unblocking;

  /** Whether the stream goes on without the connection's thread, which alone uses this. */
  private boolean handedOver;

  /** Set once by the connection's thread, read by a server that closes. */
  private volatile @Nullable Subscription subscription;

  /** Whether no request is under way. Written by the connection's thread. */
  private volatile boolean idle;

  /** For what no timeout of a socket limits. */
  final TimeLimit timeLimit = new TimeLimit();

  /** A request that gets a stream, and the client it becomes. */
  private record Opening(Request request, Subscription.Builder description) {}

  Connection(SseServer server, SocketChannel channel, InetAddress address, int refusal) {
    this.server = server;
    this.settings = server.settings();
    this.connections = server.connections();
    this.limits = settings.limits;
    this.channel = channel;
    this.transport = channel.socket();
    this.socket = transport;
    this.unblocking = channel;
    this.address = address;
    this.refusal = refusal;
  }

  @Override
  public void run() {
    try {
      transport.setTcpNoDelay(true);
      transport.setKeepAlive(true);
      handshake();
      // The reader and its buffer are garbage behind this line: an idle stream keeps neither.
      Optional<Opening> opening = serveAnswers();
      if (opening.isPresent()) {
        stream(opening.get());
      }
      if (!handedOver) {
        timeLimit.begin(LINGER);
        socket.close();
      }
    } catch (IOException e) {
      // The client went away, or the server closed the socket: either way this connection is over.
    } finally {
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
   * Returns when there is nothing more to be answered: the connection ends, or becomes a stream.
   */
  private Optional<Opening> serveAnswers() throws IOException {
    SocketInput in = new SocketInput(timeLimit, socket);
    ByteReader reader = new ByteReader(in);
    in.allow(limits.firstByte());
    idle = true;
    // A server that closes cuts who is idle; who becomes so later finds that it is closing.
    while (!connections.isClosing() && !reader.atEnd()) {
      idle = false;
      in.allow(limits.head());
      RequestParser parser = new RequestParser(reader, limits, remote());
      try {
        Request request = parser.parse();
        RequestBody body =
            new RequestBody(request, reader, limits, expected -> continues(in, expected));
        switch (decide(request, body)) {
          case Decision.Stream stream -> {
            return opening(request, stream, in);
          }
          case Decision.Answer last when body.isHeldBack() || isLast(request) -> {
            return answerLast(last, parser, in);
          }
          case Decision.Answer answer ->
              write(bytes(parser.origin(), answer, parser.isHead(), false));
        }
      } catch (BadRequest e) {
        return answerLast(e.answer, parser, in);
      } catch (SocketTimeoutException e) {
        Decision.Answer late = ResponseHead.refusal(408, "the request did not arrive in time");
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

  /** RFC 9110 §10.1.1: the client sends its body when it is told to, or has begun to already. */
  private void continues(SocketInput in, boolean expected) throws IOException {
    in.allow(limits.body());
    if (expected) {
      write(CONTINUE);
    }
  }

  private Decision decide(Request request, RequestBody body) throws IOException, BadRequest {
    Decision decision =
        refusal == 0 ? server.dispatcher().decide(request, body) : Refusal.of(request, refusal);
    if (!body.isHeldBack()) {
      body.skip();
    }
    return decision;
  }

  /** Returns empty, behind a last answer, if the request gets no stream. */
  private Optional<Opening> opening(Request request, Decision.Stream stream, SocketInput in)
      throws IOException, BadRequest {
    Subscription.Builder description = stream.describe(settings.broker, request);
    if (request.method().equals("HEAD")) {
      write(streamHead(request, false).toBytes());
    } else if (connections.beginStream(this)) {
      return Optional.of(new Opening(request, description));
    } else {
      write(unavailable(request));
    }
    linger(in);
    return Optional.empty();
  }

  /** RFC 9112 §9.3. */
  private boolean isLast(Request request) {
    return request.version().equals("HTTP/1.0")
        || request.lists("Connection", "close")
        || refusal != 0
        || connections.isClosing();
  }

  private byte[] bytes(
      Optional<String> origin, Decision.Answer answer, boolean toHead, boolean last) {
    byte[] body = answer.bodyBytes();
    byte[] head = settings.cors.addTo(ResponseHead.of(answer, body.length, last), origin).toBytes();
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

  /** Returns empty: no stream follows. */
  private Optional<Opening> answerLast(Decision.Answer answer, RequestParser parser, SocketInput in)
      throws IOException {
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
   * Lets the client finish what it is sending. Closing a socket with unread bytes resets it, and
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
      // It has had its time.
    }
  }

  /**
   * Subscribes before the head goes out, so that a client which has seen the head misses nothing;
   * from then on the client's writer owns the socket's output.
   */
  private void stream(Opening opening) throws IOException {
    if (settings.tls == null) {
      WatchedSocket watched = server.watch().watch(channel);
      unblocking = watched;
      Optional<Subscription> client = subscribe(opening, watched, this::end);
      handedOver = client.isPresent();
      client.ifPresent(present -> watched.onLeaving(present::disconnected));
    } else {
      Optional<Subscription> client = subscribe(opening, socket.getOutputStream(), transport);
      if (client.isPresent()) {
        awaitEnd(client.get());
      }
    }
  }

  /**
   * Returns empty, behind an answer, if the broker is closed.
   *
   * @param transport closed when the stream has ended, and to free a blocked write
   */
  private Optional<Subscription> subscribe(Opening opening, OutputStream out, Closeable transport)
      throws IOException {
    Subscription client;
    try {
      client = opening.description().open(sink(opening.request(), out, transport));
    } catch (BrokerClosedException e) {
      write(unavailable(opening.request()), out);
      return Optional.empty();
    }
    subscription = client;
    if (connections.isDraining()) {
      client.close();
    }
    return Optional.of(client);
  }

  private byte[] unavailable(Request request) {
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
    ResponseHead.OF_A_STREAM.forEach(field -> head.field(field.getKey(), field.getValue()));
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

  /** A client that ends its side of the connection has left, and so has one that talks. */
  private void awaitEnd(Subscription client) throws IOException {
    try {
      socket.setSoTimeout(0);
      socket.getInputStream().skipNBytes(MAX_UNASKED_BYTES);
    } finally {
      client.disconnected();
    }
  }

  boolean isIdle() {
    return idle;
  }

  /** Called by a server that closes: the stream ends behind what is queued for it. */
  void endStream() {
    Subscription client = subscription;
    if (client != null) {
      client.close();
    }
  }

  /** Frees the connection's thread and the stream's writer, whatever they wait for. */
  void cut() {
    SseServer.closeQuietly(unblocking);
  }

  /** Called by the last thread that uses the socket, and by whoever frees a blocked writer. */
  private void end() {
    cut();
    connections.remove(this);
  }
}
