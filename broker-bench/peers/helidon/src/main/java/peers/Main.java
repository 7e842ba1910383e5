package peers;

import io.helidon.http.sse.SseEvent;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.sse.SseSink;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Helidon SE as its guide shows it ("Server-Sent Events"): a handler emits events to the {@code
 * SseSink} of the response. It runs on the virtual thread of the connection, so it can block on a
 * queue. Everything else has the defaults of the server.
 */
final class Main {
  private static final Set<BlockingQueue<String>> CLIENTS = ConcurrentHashMap.newKeySet();

  public static void main(String[] args) {
    Ticker ticker = Ticker.of(args);
    WebServer.builder()
        .host("127.0.0.1")
        .port(ticker.port())
        .backlog(4096)
        // Off by default. Without it, each event may wait 40 ms for an acknowledgement.
        .connectionOptions(options -> options.tcpNoDelay(true))
        .routing(routing -> routing.get("/events", Main::events))
        .build()
        .start();
    ticker.start(data -> CLIENTS.forEach(queue -> queue.offer(data))); // drops the event if the queue is full
  }

  private static void events(ServerRequest request, ServerResponse response)
      throws InterruptedException {
    BlockingQueue<String> queue = new LinkedBlockingQueue<>(1024);
    try (SseSink sink = response.sink(SseSink.TYPE)) {
      CLIENTS.add(queue);
      while (true) {
        sink.emit(SseEvent.create(queue.take()));
      }
    } finally {
      CLIENTS.remove(queue);
    }
  }
}
