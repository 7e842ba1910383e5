package dev.ssebroker.http;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Subscription;
import java.io.ByteArrayOutputStream;
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

  private static final long NO_LIMIT = 0;

  private final SseServer server;
  private final Connections connections;
  private final Broker broker;
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

  /** When the watch closes the socket. Written by the connection's thread. */
  private volatile long overdueNanos = NO_LIMIT;

  /** A request that gets a stream, and the client it becomes. */
  private record Opening(Request request, Subscription.Builder description) {}

  Connection(
      SseServer server,
      Broker broker,
      Limits limits,
      SocketChannel channel,
      InetAddress address,
      int refusal) {
    this.server = server;
    this.connections = server.connections();
    this.broker = broker;
    this.limits = limits;
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
        limit(LINGER);
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
    SSLContext tls = server.tls();
    if (tls != null) {
      limit(limits.firstByte());
      SSLSocket secured =
          (SSLSocket)
              tls.getSocketFactory().createSocket(transport, InputStream.nullInputStream(), true);
      secured.startHandshake();
      socket = secured;
      noLimit();
    }
  }

  /**
   * Returns when there is nothing more to be answered: the connection ends, or becomes a stream.
   */
  private Optional<Opening> serveAnswers() throws IOException {
    SocketInput in = new SocketInput(this, socket);
    ByteReader reader = new ByteReader(in);
    in.allow(limits.firstByte());
    idle = true;
    while (!reader.atEnd()) {
      idle = false;
      in.allow(limits.head());
      RequestParser parser = new RequestParser(reader, limits, remote());
      try {
        Request request = parser.parse();
        RequestBody body =
            new RequestBody(request, reader, limits, expected -> continues(in, expected));
        Decision decision = decide(request, body);
        if (!body.isHeldBack()) {
          body.skip();
        }
        switch (decision) {
          case Decision.Stream stream -> {
            Opening opening = new Opening(request, stream.describe(broker, request));
            if (request.method().equals("GET")) {
              return Optional.of(opening);
            }
            write(streamHead(request, false).toBytes());
            linger(in);
            return Optional.empty();
          }
          case Decision.Answer answer -> {
            boolean last = body.isHeldBack() || isLast(request);
            answer(request, answer, last);
            if (last) {
              linger(in);
              return Optional.empty();
            }
          }
        }
      } catch (BadRequest e) {
        answerLast(e.answer, parser, in);
        return Optional.empty();
      } catch (SocketTimeoutException e) {
        Decision.Answer late = ResponseHead.refusal(408, "the request did not arrive in time");
        answerLast(late, parser, in);
        return Optional.empty();
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
    return refusal == 0 ? server.dispatcher().decide(request, body) : Refusal.of(request, refusal);
  }

  /** RFC 9112 §9.3. */
  private boolean isLast(Request request) {
    return request.version().equals("HTTP/1.0")
        || request.lists("Connection", "close")
        || refusal != 0
        || connections.isClosing();
  }

  private void answer(Request request, Decision.Answer answer, boolean last) throws IOException {
    write(bytes(origin(request), answer, request.method().equals("HEAD"), last));
  }

  private byte[] bytes(
      Optional<String> origin, Decision.Answer answer, boolean toHead, boolean last) {
    byte[] body = answer.bodyBytes();
    ResponseHead head = new ResponseHead(answer.status(), last);
    // RFC 9110 §8.6
    if (answer.status() != 204 && answer.status() != 304) {
      head.field("Content-Type", answer.contentType());
      head.field("Content-Length", Integer.toString(body.length));
    }
    head.field("X-Content-Type-Options", "nosniff");
    if (answer.fields().keySet().stream().noneMatch("Cache-Control"::equalsIgnoreCase)) {
      head.field("Cache-Control", "no-store");
    }
    answer.fields().forEach(head::field);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(server.cors().addTo(head, origin).toBytes());
    if (!toHead) {
      bytes.writeBytes(body);
    }
    return bytes.toByteArray();
  }

  private static Optional<String> origin(Request request) {
    return request.headers().first("Origin");
  }

  private void answerLast(Decision.Answer answer, RequestParser parser, SocketInput in)
      throws IOException {
    write(bytes(parser.origin(), answer, parser.isHead(), true));
    linger(in);
  }

  private void write(byte[] bytes) throws IOException {
    write(bytes, socket.getOutputStream());
  }

  private void write(byte[] bytes, OutputStream out) throws IOException {
    limit(limits.body());
    out.write(bytes);
    noLimit();
  }

  /**
   * Lets the client finish what it is sending. Closing a socket with unread bytes resets it, and
   * the reset could overtake the answer (RFC 9112 §9.6).
   */
  private void linger(SocketInput in) throws IOException {
    limit(LINGER);
    socket.shutdownOutput();
    noLimit();
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
    if (!connections.beginStream(this)) {
      refuse(opening.request(), socket.getOutputStream());
    } else if (server.tls() == null) {
      WatchedSocket watched = server.watch().watch(channel);
      unblocking = watched;
      Optional<Subscription> client = subscribe(opening, watched, this::end);
      handedOver = client.isPresent();
      client.ifPresent(present -> watched.onLeaving(present::clientLeft));
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
      refuse(opening.request(), out);
      return Optional.empty();
    }
    subscription = client;
    if (connections.isDraining()) {
      client.close();
    }
    return Optional.of(client);
  }

  private void refuse(Request request, OutputStream out) throws IOException {
    write(bytes(origin(request), Refusal.of(request, 503), false, true), out);
  }

  private SocketSink sink(Request request, OutputStream out, Closeable transport) {
    boolean gzip = server.gzip() && request.accepts("gzip");
    byte[] prelude =
        ("retry: " + Refusal.around(server.retry()).toMillis() + "\n\n")
            .getBytes(StandardCharsets.US_ASCII);
    return new SocketSink(
        socket,
        out,
        transport,
        streamHead(request, gzip).toBytes(),
        prelude,
        request.version().equals("HTTP/1.1"),
        gzip ? new GzipStream() : null);
  }

  private ResponseHead streamHead(Request request, boolean gzip) {
    ResponseHead head =
        new ResponseHead(200, true)
            .field("Content-Type", "text/event-stream")
            .field("Cache-Control", "no-cache, no-store, no-transform")
            .field("X-Accel-Buffering", "no");
    if (server.gzip()) {
      head.field("Vary", "Accept-Encoding");
    }
    if (gzip) {
      head.field("Content-Encoding", "gzip");
    }
    if (request.version().equals("HTTP/1.1")) {
      head.field("Transfer-Encoding", "chunked");
    }
    return server.cors().addTo(head, origin(request));
  }

  /** A client that ends its side of the connection has left, and so has one that talks. */
  private void awaitEnd(Subscription client) throws IOException {
    try {
      socket.setSoTimeout(0);
      socket.getInputStream().skipNBytes(MAX_UNASKED_BYTES);
    } finally {
      client.clientLeft();
    }
  }

  /** From now on the watch closes the socket when this time is over. */
  void limit(Duration time) {
    overdueNanos = (System.nanoTime() + time.toNanos()) | 1;
  }

  void noLimit() {
    overdueNanos = NO_LIMIT;
  }

  /** Asked by the server's watch. */
  boolean isOverdue(long nowNanos) {
    long overdue = overdueNanos;
    return overdue != NO_LIMIT && nowNanos - overdue >= 0;
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
  void cut() throws IOException {
    unblocking.close();
  }

  /** Called by the last thread that uses the socket, and by whoever frees a blocked writer. */
  private void end() {
    SseServer.closeQuietly(unblocking::close);
    connections.remove(this);
  }
}
