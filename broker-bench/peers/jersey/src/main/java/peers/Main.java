package peers;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseBroadcaster;
import jakarta.ws.rs.sse.SseEventSink;
import java.io.IOException;
import java.net.URI;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpServerFactory;
import org.glassfish.jersey.server.ResourceConfig;

/**
 * Jersey as its guide shows it ("Server-Sent Events Support", broadcasting), on Grizzly, the server
 * of its quickstart.
 */
final class Main {
  public static void main(String[] args) throws IOException {
    Ticker ticker = Ticker.of(args);
    HttpServer server =
        GrizzlyHttpServerFactory.createHttpServer(
            URI.create("http://127.0.0.1:" + ticker.port() + "/"),
            new ResourceConfig(Events.class),
            false);
    server.getListener("grizzly").getTransport().setServerConnectionBackLog(4096);
    server.start();
    ticker.start(Events::publish);
  }

  /** Public for Jersey, which creates the singleton when the first client connects. */
  @Path("events")
  @Singleton
  public static final class Events {
    private static volatile Events instance;
    private final Sse sse;
    private final SseBroadcaster broadcaster;

    @Inject
    public Events(@Context Sse sse) {
      this.sse = sse;
      this.broadcaster = sse.newBroadcaster();
      instance = this;
    }

    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS)
    public void subscribe(@Context SseEventSink sink) {
      broadcaster.register(sink);
    }

    static void publish(String data) {
      Events events = instance;
      if (events != null) {
        events.broadcaster.broadcast(events.sse.newEvent(data));
      }
    }
  }
}
