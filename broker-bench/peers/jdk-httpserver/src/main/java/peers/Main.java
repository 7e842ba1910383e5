package peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The server of the JDK as its documentation shows it, with the executor that JEP 444 recommends: a
 * virtual thread per exchange. Each exchange has a queue.
 */
final class Main {
  private static final Set<BlockingQueue<byte[]>> CLIENTS = ConcurrentHashMap.newKeySet();

  public static void main(String[] args) throws IOException {
    Ticker ticker = Ticker.of(args);
    // Off by default. Without it, each event may wait 40 ms for an acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), ticker.port()), 4096);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/events", Main::events);
    server.start();
    ticker.start(
        data -> {
          byte[] event = ("data: " + data + "\n\n").getBytes(UTF_8);
          CLIENTS.forEach(queue -> queue.offer(event)); // drops the event if the queue is full
        });
  }

  private static void events(HttpExchange exchange) throws IOException {
    BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>(1024);
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.getResponseHeaders().set("Cache-Control", "no-cache");
    exchange.sendResponseHeaders(200, 0);
    try (exchange;
        OutputStream out = exchange.getResponseBody()) {
      out.flush();
      CLIENTS.add(queue);
      List<byte[]> events = new ArrayList<>();
      while (true) {
        events.add(queue.take());
        queue.drainTo(events);
        for (byte[] event : events) {
          out.write(event);
        }
        out.flush();
        events.clear();
      }
    } catch (InterruptedException e) {
      throw new AssertionError("this thread is never interrupted", e);
    } finally {
      CLIENTS.remove(queue);
    }
  }
}
