package peers;

import io.javalin.Javalin;
import io.javalin.http.sse.SseClient;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Javalin as its documentation shows it ("Server-sent Events"): a loop sends to a collection of
 * clients that are kept alive. Uses virtual threads. Javalin bundles its own version of Jetty.
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

  /** Sends an event. A failed write closes the client without an exception. */
  private static void send(SseClient client, String data) throws Exception {
    client.sendData(data);
    if (client.terminated()) {
      throw new java.io.IOException("the client has disconnected");
    }
  }
}
