package dev.ssebroker.http;

import com.sun.net.httpserver.HttpServer;
import dev.ssebroker.Broker;
import dev.ssebroker.BrokerListener;
import dev.ssebroker.CloseReason;
import dev.ssebroker.Event;
import dev.ssebroker.Subscription;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/**
 * A broker behind both servers, in a process of its own. It prints the ports of the SSE server and
 * of the JDK's server. It publishes an event with as many characters as each line of its input
 * says, and ends with its input. Users' code that is asked for "wait" never returns from a monitor.
 */
final class OneCarrier {
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private OneCarrier() {}

  @SuppressWarnings("MustBeClosed")
  public static void main(String[] args) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Broker broker =
        Broker.builder()
            .listener(Arrays.asList(args).contains("listener") ? waiting() : printing())
            .heartbeat(Duration.ofMillis(100))
            .writeDeadline(Duration.ofMillis(500))
            .open();
    SseServer server =
        SseServer.builder(broker, OneCarrier::decide)
            .port(0)
            .authorizer(OneCarrier::authorize)
            .handle(
                "POST", "/posted", (request, body) -> waitInMonitor("posted", Decision.refuse(404)))
            .start();
    HttpServer jdks =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    jdks.createContext("/", BrokerHttpHandler.of(broker, OneCarrier::decide));
    jdks.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    jdks.start();
    System.out.println(server.port());
    System.out.println(jdks.getAddress().getPort());
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      broker.publish("news", Event.of("x".repeat(Integer.parseInt(line))));
    }
    System.exit(0);
  }

  private static Decision decide(Request request) {
    Decision stream = Decision.stream(request.parameters("topic").toArray(String[]::new));
    return request.path().equals("/wait") ? waitInMonitor("handler", stream) : stream;
  }

  private static Permission authorize(Request request, Access access, List<String> topics) {
    Permission granted = Permission.granted(topics);
    return topics.contains("wait") ? waitInMonitor("authorizer", granted) : granted;
  }

  private static BrokerListener printing() {
    return new BrokerListener() {
      @Override
      public void clientEnded(Subscription subscription, CloseReason reason, int clients) {
        System.out.println(reason);
      }
    };
  }

  private static BrokerListener waiting() {
    return new BrokerListener() {
      @Override
      public void clientAdded(Subscription subscription, int clients) {
        waitInMonitor("listener", clients);
      }
    };
  }

  private static <T> T waitInMonitor(String who, T result) {
    System.out.println(who);
    synchronized (NEVER) {
      try {
        NEVER.await();
      } catch (InterruptedException e) {
        // The process ends.
      }
    }
    return result;
  }
}
