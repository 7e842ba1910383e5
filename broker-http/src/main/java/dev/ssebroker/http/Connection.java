package dev.ssebroker.http;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Subscription;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One socket from its first byte to its close, in the order of the protocol, on one virtual thread.
 */
final class Connection implements Runnable {
  /** How long a client may be silent before its request is complete. */
  private static final Duration HEAD_TIMEOUT = Duration.ofSeconds(10);

  /** How long a client that was answered may go on sending before the socket is closed. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private final SseServer server;
  private final Broker broker;
  private final Socket socket;

  /** Set once by the connection's thread, read by a server that closes. */
  private volatile @Nullable Subscription subscription;

  Connection(SseServer server, Broker broker, Socket socket) {
    this.server = server;
    this.broker = broker;
    this.socket = socket;
  }

  @Override
  public void run() {
    try (socket) {
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      socket.setSoTimeout(Math.toIntExact(HEAD_TIMEOUT.toMillis()));
      serve();
    } catch (IOException e) {
      // The client went away, or the server closed the socket: either way this connection is over.
    } finally {
      server.ended(this);
    }
  }

  private void serve() throws IOException {
    // The reader and its buffer are garbage once the head is read: an idle stream keeps neither.
    Optional<Request> request = readRequest(new ByteReader(socket.getInputStream()));
    if (request.isPresent()) {
      respond(request.get());
    }
  }

  /**
   * Returns nothing if the client asked nothing, or nothing that could be served: it was told so.
   */
  private Optional<Request> readRequest(ByteReader reader) throws IOException {
    if (reader.atEnd()) {
      return Optional.empty();
    }
    try {
      InetSocketAddress remote = (InetSocketAddress) socket.getRemoteSocketAddress();
      return Optional.of(new RequestParser(reader, remote).parse());
    } catch (BadRequest e) {
      answer(e.answer, true);
    } catch (SocketTimeoutException e) {
      answer(ResponseHead.refusal(408, "the request's head did not arrive in time"), true);
    }
    return Optional.empty();
  }

  private void respond(Request request) throws IOException {
    boolean head = request.method().equals("HEAD");
    if (!head && !request.method().equals("GET")) {
      answer(ResponseHead.refusal(405, "only GET and HEAD are served here"), true);
      return;
    }
    switch (decide(request)) {
      case Decision.Answer answer -> answer(answer, !head);
      case Decision.Stream stream when head -> write(streamHead(request).toBytes());
      case Decision.Stream stream -> stream(request, stream.topic());
    }
  }

  private Decision decide(Request request) {
    try {
      return server.handler().decide(request);
    } catch (RuntimeException e) {
      return failure(request, e);
    }
  }

  private static Decision.Answer failure(Request request, RuntimeException e) {
    SseServer.LOG.log(Level.WARNING, "The handler failed for " + request.path(), e);
    return ResponseHead.refusal(500, ResponseHead.reason(500));
  }

  /**
   * Subscribes before the head goes out, so that a client which has seen the head misses nothing;
   * from then on the client's writer owns the socket's output and this thread only reads.
   */
  private void stream(Request request, String topic) throws IOException {
    boolean chunked = request.version().equals("HTTP/1.1");
    SocketSink sink = new SocketSink(socket, streamHead(request).toBytes(), chunked);
    Subscription client;
    try {
      Subscription.Builder description = broker.subscription(topic);
      request.headers().first("Last-Event-ID").ifPresent(description::lastEventId);
      client = description.open(sink);
    } catch (BrokerClosedException e) {
      answer(ResponseHead.refusal(503, "the broker is closed"), true);
      return;
    } catch (IllegalArgumentException e) {
      answer(failure(request, e), true);
      return;
    }
    subscription = client;
    if (server.isClosed()) {
      client.close();
    }
    try {
      socket.setSoTimeout(0);
      readToEnd(socket.getInputStream());
    } finally {
      client.clientLeft();
    }
  }

  private ResponseHead streamHead(Request request) {
    ResponseHead head =
        new ResponseHead(200)
            .field("Content-Type", "text/event-stream")
            .field("Cache-Control", "no-cache, no-store, no-transform")
            .field("X-Accel-Buffering", "no");
    if (request.version().equals("HTTP/1.1")) {
      head.field("Transfer-Encoding", "chunked");
    }
    return withOrigin(head);
  }

  private void answer(Decision.Answer answer, boolean withBody) throws IOException {
    byte[] body = answer.bodyBytes();
    ResponseHead head =
        new ResponseHead(answer.status())
            .field("Content-Type", answer.contentType())
            .field("Content-Length", Integer.toString(body.length))
            .field("Cache-Control", "no-store");
    if (answer.status() == 405) {
      head.field("Allow", "GET, HEAD");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(withOrigin(head).toBytes());
    if (withBody) {
      bytes.writeBytes(body);
    }
    write(bytes.toByteArray());
    linger();
  }

  private ResponseHead withOrigin(ResponseHead head) {
    return server.anyOrigin() ? head.field("Access-Control-Allow-Origin", "*") : head;
  }

  private void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /**
   * Lets the client finish what it is sending. Closing a socket with unread bytes resets it, and
   * the reset could overtake the answer (RFC 9112 §9.6).
   */
  private void linger() throws IOException {
    socket.shutdownOutput();
    socket.setSoTimeout(Math.toIntExact(LINGER.toMillis()));
    long deadline = System.nanoTime() + LINGER.toNanos();
    InputStream in = socket.getInputStream();
    byte[] ignored = new byte[1024];
    while (in.read(ignored) >= 0 && System.nanoTime() < deadline) {}
  }

  private static void readToEnd(InputStream in) throws IOException {
    byte[] ignored = new byte[64];
    while (in.read(ignored) >= 0) {}
  }

  /** Called by a server that closes, once no new streams are let in. */
  void close() throws IOException {
    Subscription client = subscription;
    if (client == null) {
      socket.close();
    } else {
      client.close();
    }
  }

  /** Called by a server whose time to close is over. */
  void cut() throws IOException {
    socket.close();
  }
}
