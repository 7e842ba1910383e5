package dev.ssebroker.examples.jdkhttpserver;

import com.sun.net.httpserver.HttpServer;
import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.BrokerHttpHandler;
import dev.ssebroker.http.StreamHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/** Serves a broker on the JDK's own HTTP server, and reads a stream as a client. */
public final class JdkHttpServerExample {
  private JdkHttpServerExample() {}

  public static void main(String[] args) throws Exception {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.create(address, 0);
    Broker broker = Broker.open();
    try (HttpClient http = HttpClient.newHttpClient();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      server.setExecutor(threads);
      StreamHandler handler = StreamHandler.topicsUnder("/events/");
      server.createContext("/events/", BrokerHttpHandler.of(broker, handler));
      server.start();
      URI uri = URI.create("http://localhost:" + server.getAddress().getPort() + "/events/news");
      HttpRequest request = HttpRequest.newBuilder(uri).build();
      try (Stream<String> lines = http.send(request, BodyHandlers.ofLines()).body()) {
        broker.publish("news", Event.of("through the JDK's server"));
        // Closed before the server stops, so that the stream has a proper end.
        broker.close();
        if (lines.peek(System.out::println).noneMatch("data: through the JDK's server"::equals)) {
          throw new IllegalStateException("the event has not arrived");
        }
      }
    } finally {
      broker.close();
      server.stop(0);
    }
  }
}
