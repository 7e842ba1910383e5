package peers;

import jakarta.servlet.http.HttpServletRequest;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlets.EventSource;
import org.eclipse.jetty.ee11.servlets.EventSourceServlet;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * Jetty's {@code EventSourceServlet} as its Javadoc shows it, with the virtual thread configuration of
 * the programming guide ("Threading Architecture"). Calls of the emitter block.
 */
final class Main {
  private static final FanOut<EventSource.Emitter> CLIENTS =
      new FanOut<>(EventSource.Emitter::data);

  public static void main(String[] args) throws Exception {
    Ticker ticker = Ticker.of(args);
    QueuedThreadPool threads = new QueuedThreadPool();
    VirtualThreadPool virtualThreads = new VirtualThreadPool();
    threads.setVirtualThreadsExecutor(virtualThreads);
    Server server = new Server(threads);
    server.addBean(virtualThreads); // so that the server starts it
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(ticker.port());
    connector.setAcceptQueueSize(4096);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addServlet(Events.class, "/events").setAsyncSupported(true);
    server.setHandler(context);
    server.start();
    ticker.start(CLIENTS);
  }

  /** Public for the container. */
  public static final class Events extends EventSourceServlet {
    @Override
    protected EventSource newEventSource(HttpServletRequest request) {
      return new Client();
    }
  }

  private static final class Client implements EventSource {
    private Emitter emitter;

    @Override
    public void onOpen(Emitter emitter) {
      this.emitter = emitter;
      CLIENTS.add(emitter);
    }

    @Override
    public void onClose() {
      CLIENTS.remove(emitter);
    }
  }
}
