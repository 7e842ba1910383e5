package dev.ssebroker.examples.servlet;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.time.LocalTime;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Serves a ticker at http://localhost:8080/events/ticker. */
final class ServletExample {
  private ServletExample() {}

  /** Returns a server that has not started. Port 0 selects a free port. */
  static Server server(Broker broker, int port) {
    QueuedThreadPool threads = new QueuedThreadPool();
    threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("servlet-"));
    Server server = new Server(threads);
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("localhost");
    connector.setPort(port);
    // Longer than a heartbeat. Also limits a write to a client that does not read.
    connector.setIdleTimeout(30_000);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addServlet(new ServletHolder(new EventsServlet(broker)), "/events/*");
    server.setHandler(context);
    return server;
  }

  public static void main(String[] args) throws Exception {
    Broker broker = Broker.open();
    server(broker, 8080).start();
    Runnable tick = () -> broker.publish("ticker", Event.of("tick", LocalTime.now().toString()));
    Executors.newSingleThreadScheduledExecutor().scheduleAtFixedRate(tick, 0, 1, TimeUnit.SECONDS);
  }
}
