package dev.ssebroker.examples.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServletExampleTest {
  private final Broker broker = Broker.open();
  private final Server server = ServletExample.server(broker, 0);
  private final OkHttpClient http = new OkHttpClient();
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  @BeforeEach
  void start() throws Exception {
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    http.dispatcher().cancelAll();
    http.dispatcher().executorService().shutdown();
    broker.close();
    server.stop();
  }

  @Test
  void clientReceivesResumesAndSeesTheEnd() throws Exception {
    EventSource first = open("news", "");
    assertNext("open 200");
    String id = broker.publish("news", Event.of("first")).id();
    assertNext("message: first");
    first.cancel();
    assertNext("failed 200");

    broker.publish("news", Event.of("missed"));
    open("news", id);
    assertNext("open 200");
    assertNext("message: missed");
    broker.publish("news", Event.of("headline", "live"));
    assertNext("headline: live");
    broker.close();
    assertNext("closed");
  }

  @Test
  void whatIsNoTopicIsNotFound() throws Exception {
    open("", "");
    assertNext("failed 404");
  }

  private EventSource open(String topic, String lastEventId) {
    Request request =
        new Request.Builder()
            .url(server.getURI().resolve("/events/" + topic).toString())
            .header("Last-Event-ID", lastEventId)
            .build();
    return EventSources.createFactory(http).newEventSource(request, new Recorder());
  }

  private void assertNext(String line) throws InterruptedException {
    assertEquals(line, lines.poll(10, TimeUnit.SECONDS));
  }

  private final class Recorder extends EventSourceListener {
    @Override
    public void onOpen(EventSource source, Response response) {
      lines.add("open " + response.code());
    }

    @Override
    public void onEvent(EventSource source, String id, String type, String data) {
      lines.add((type == null ? "message" : type) + ": " + data);
    }

    @Override
    public void onClosed(EventSource source) {
      lines.add("closed");
    }

    @Override
    public void onFailure(EventSource source, Throwable failure, Response response) {
      lines.add("failed " + (response == null ? failure : response.code()));
    }
  }
}
