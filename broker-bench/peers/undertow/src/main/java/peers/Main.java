package peers;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.handlers.sse.ServerSentEventConnection;
import io.undertow.server.handlers.sse.ServerSentEventHandler;
import org.xnio.Options;

/**
 * Undertow's own handler, used as its {@code examples/sse} does: it knows its connections, and each
 * of them queues what is sent and writes it on its I/O thread. Threads and buffers as the builder
 * sets them, which goes by cores and memory.
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
