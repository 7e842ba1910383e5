package peers;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.handlers.sse.ServerSentEventConnection;
import io.undertow.server.handlers.sse.ServerSentEventHandler;
import org.xnio.Options;

/**
 * The handler of Undertow, used as in its {@code examples/sse}. Each connection queues events and
 * writes them on its I/O thread. Threads and buffers have the defaults of the builder, which depend on
 * cores and memory.
 */
final class Main {
  public static void main(String[] args) {
    Ticker ticker = Ticker.of(args);
    ServerSentEventHandler events = Handlers.serverSentEvents();
    Undertow.builder()
        .addHttpListener(ticker.port(), "127.0.0.1")
        .setSocketOption(Options.BACKLOG, 4096)
        .setHandler(Handlers.path().addExactPath("/events", events))
        .build()
        .start();
    ticker.start(
        data -> {
          for (ServerSentEventConnection connection : events.getConnections()) {
            connection.send(data);
          }
        });
  }
}
