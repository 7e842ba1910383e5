import dev.ssebroker.Broker;
import dev.ssebroker.http.Access;
import dev.ssebroker.http.Authorizer;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.http.StreamHandler;

/** The server for the commands in the documents, on a free port. Its argument is the token. */
final class SnippetServer {
  public static void main(String[] args) throws Exception {
    SseServer server =
        SseServer.builder(Broker.open(), StreamHandler.topicsUnder("/events/"))
            .port(0)
            .authorizer(Authorizer.bearer(args[0], Access.PUBLISH))
            .publishing("/events/")
            .health()
            .metrics()
            .start();
    System.out.println("http://localhost:" + server.port());
    Thread.currentThread().join();
  }
}
