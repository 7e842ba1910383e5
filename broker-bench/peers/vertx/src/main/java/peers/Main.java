package peers;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.HashSet;
import java.util.Set;

/**
 * Vert.x as its core manual recommends: one verticle per core sharing the port ("Server sharing"), the
 * native transport ("Native transports"), the event bus between threads, and a check of {@code
 * writeQueueFull} before each write ("Streams"), so that a client that does not keep up misses events.
 */
final class Main extends VerticleBase {
  private final int port;
  private final Set<HttpServerResponse> clients = new HashSet<>();

  private Main(int port) {
    this.port = port;
  }

  public static void main(String[] args) {
    Ticker ticker = Ticker.of(args);
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    if (!vertx.isNativeTransportEnabled()) {
      System.err.println("no native transport");
    }
    vertx
        .deployVerticle(
            () -> new Main(ticker.port()),
            new DeploymentOptions()
                .setThreadingModel(ThreadingModel.EVENT_LOOP)
                .setInstances(Runtime.getRuntime().availableProcessors()))
        .await();
    ticker.start(data -> vertx.eventBus().publish("ticker", data));
  }

  @Override
  public Future<?> start() {
    vertx.eventBus().<String>consumer("ticker", message -> send(message.body()));
    return vertx
        .createHttpServer(new HttpServerOptions().setAcceptBacklog(4096))
        .requestHandler(this::request)
        .listen(port, "127.0.0.1");
  }

  private void request(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (!request.path().equals("/events")) {
      response.setStatusCode(404).end();
      return;
    }
    response.putHeader("Content-Type", "text/event-stream").putHeader("Cache-Control", "no-cache");
    response.setChunked(true).writeHead();
    response.exceptionHandler(error -> clients.remove(response));
    response.closeHandler(closed -> clients.remove(response));
    clients.add(response);
  }

  private void send(String data) {
    Buffer event = Buffer.buffer("data: " + data + "\n\n");
    for (HttpServerResponse client : clients) {
      if (!client.writeQueueFull()) {
        client.write(event);
      }
    }
  }
}
