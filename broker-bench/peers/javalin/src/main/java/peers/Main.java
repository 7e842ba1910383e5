package peers;

import io.javalin.Javalin;
import io.javalin.http.sse.SseClient;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Javalin as its documentation shows it ("Server-sent Events"): clients are kept alive, put into a
 * collection, and sent to in a loop; with the virtual threads of its configuration. It has Jetty
 * inside, in a version of its own.
 */
final class Main {
  public static void main(String[] args) {
    Ticker ticker = Ticker.of(args);
    FanOut<SseClient> clients = new FanOut<>(Main::send);
    Javalin.start(
        config -> {
          config.startup.showJavalinBanner = false;
          config.concurrency.useVirtualThreads = true;
          config.jetty.addConnector(
              (server, http) -> {
                ServerConnector connector =
                    new ServerConnector(server, new HttpConnectionFactory(http));
                connector.setHost("127.0.0.1");
                connector.setPort(ticker.port());
                connector.setAcceptQueueSize(4096);
                return connector;
              });
          config.routes.sse(
              "/events",
              client -> {
                client.keepAlive();
                client.onClose(() -> clients.remove(client));
                clients.add(client);
              });
        });
    ticker.start(clients);
  }

  /** A write that fails closes the client and tells nobody. */
  private static void send(SseClient client, String data) throws Exception {
    client.sendData(data);
    if (client.terminated()) {
      throw new java.io.IOException("gone");
    }
  }
}
