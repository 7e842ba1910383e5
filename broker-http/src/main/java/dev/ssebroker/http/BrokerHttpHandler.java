package dev.ssebroker.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsExchange;
import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Serves a broker in the JDK's own {@link HttpServer}, for programs that already use one. It takes
 * the same {@link StreamHandler} as an {@link SseServer}.
 *
 * <pre>
 *  HttpServer server = HttpServer.create(new InetSocketAddress("localhost", 8080), 0);
 *  server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
 *  server.createContext("/", BrokerHttpHandler.of(broker, StreamHandler.topicsUnder("/events/")));
 *  server.start();
 * </pre>
 *
 * <p><b>Threads.</b> The server needs an executor of virtual threads, as above. Without one, it
 * serves one request at a time and waits for each client that sends its request slowly. {@link
 * #handle} returns as soon as the client is subscribed. From then on only the broker's writer, a
 * virtual thread, uses the exchange. On Java 21 to 23 a client that does not read blocks a carrier
 * thread until the broker's write deadline, because the JDK's server writes inside a monitor. As
 * many such clients as processors stop all streams until then, so set a short deadline there. From
 * Java 24 on it blocks none.
 *
 * <p><b>Not supported</b>, unlike in an {@code SseServer}: authorization, publishing, CORS,
 * compression and limits. A client that disconnects is counted until the next event or heartbeat,
 * because nothing reads from it.
 *
 * <p><b>Closing.</b> Close the broker before the server, so that streams end in an orderly way.
 * {@link HttpServer#stop} cuts them.
 *
 * <p>Run the JDK with {@code -Dsun.net.httpserver.nodelay=true}. Otherwise an event may wait until
 * the client acknowledges the previous one (Nagle's algorithm).
 */
public final class BrokerHttpHandler implements HttpHandler {
  private static final String ALLOWED = "GET, HEAD";
  private static final Duration RETRY = Duration.ofSeconds(3);

  private final Broker broker;
  private final StreamHandler handler;

  private BrokerHttpHandler(Broker broker, StreamHandler handler) {
    this.broker = broker;
    this.handler = handler;
  }

  /**
   * Creates a handler for any context of a server. The {@code StreamHandler} receives the whole
   * path.
   *
   * @param broker the broker whose streams are served
   * @param handler decides what each request gets
   * @return the handler
   */
  public static BrokerHttpHandler of(Broker broker, StreamHandler handler) {
    return new BrokerHttpHandler(
        Objects.requireNonNull(broker, "broker"), Objects.requireNonNull(handler, "handler"));
  }

  /**
   * Answers a GET or HEAD request, or subscribes its client. Other methods get a 405. Called by the
   * server's executor. Blocks only while the {@code StreamHandler} or a stream's action does, or
   * while the client does not read an answer.
   *
   * @throws IOException if an answer cannot be written
   */
  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try {
      Request request = request(exchange);
      switch (decide(request)) {
        case Decision.Stream stream -> stream(exchange, request, stream);
        case Decision.Answer answer -> answer(exchange, answer);
      }
    } catch (BadRequest e) {
      answer(exchange, e.answer);
    }
  }

  /** The JDK's server reads a head less strictly than an {@code SseServer}. */
  private static Request request(HttpExchange exchange) throws BadRequest {
    dev.ssebroker.http.Headers.Builder headers = new dev.ssebroker.http.Headers.Builder();
    for (Map.Entry<String, List<String>> field : exchange.getRequestHeaders().entrySet()) {
      for (String value : field.getValue()) {
        RequestParser.addField(headers, field.getKey(), value);
      }
    }
    return RequestParser.check(
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            exchange.getProtocol(),
            headers.build(),
            exchange.getRemoteAddress())
        .withClientCertificate(
            exchange instanceof HttpsExchange secured
                ? TlsHandshake.clientCertificate(secured.getSSLSession())
                : Optional.empty());
  }

  private Decision decide(Request request) {
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      return ResponseHead.error(405, "allowed here: " + ALLOWED).with("Allow", ALLOWED);
    }
    return Dispatcher.ask(handler, request);
  }

  /** Subscribes before the head is sent, so that a client that has seen the head misses nothing. */
  private void stream(HttpExchange exchange, Request request, Decision.Stream stream)
      throws IOException, BadRequest {
    try {
      Subscription.Builder builder = stream.describe(broker, request);
      if (request.method().equals("HEAD")) {
        ExchangeSink.setFields(exchange);
        send(exchange, 200, new byte[0]);
      } else {
        stream.opened(request, builder.open(new ExchangeSink(exchange, Retry.prelude(RETRY))));
      }
    } catch (BrokerClosedException e) {
      answer(exchange, Refusal.of(request, 503));
    }
  }

  private static void answer(HttpExchange exchange, Decision.Answer answer) throws IOException {
    Headers fields = exchange.getResponseHeaders();
    ResponseHead.fields(answer).forEach(fields::add);
    send(exchange, answer.status(), answer.bodyBytes());
  }

  /** For the JDK's server, a length of -1 means no body, and 0 means chunked. */
  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    try (exchange) {
      boolean head = exchange.getRequestMethod().equals("HEAD");
      if (head && body.length > 0) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      }
      boolean empty = head || body.length == 0;
      exchange.sendResponseHeaders(status, empty ? -1 : body.length);
      if (!empty) {
        exchange.getResponseBody().write(body);
      }
    }
  }
}
