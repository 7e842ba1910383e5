package dev.ssebroker.examples.spring;

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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

@Timeout(60)
class SpringExampleTest {
  private final ConfigurableApplicationContext application =
      SpringApplication.run(SpringExample.class, "--server.port=0");
  private final Broker broker = application.getBean(Broker.class);
  private final OkHttpClient http = new OkHttpClient();
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  @AfterEach
  void stop() {
    http.dispatcher().cancelAll();
    http.dispatcher().executorService().shutdown();
    application.close();
  }

  @Test
  void clientReceivesResumesAndSeesTheEnd() throws Exception {
    EventSource first = open("news/sport", "");
    assertNext("open 200");
    String id = broker.publish("news/sport", Event.of("first")).id();
    assertNext("message: first");
    first.cancel();
    assertNext("failed 200");

    broker.publish("news/sport", Event.of("missed"));
    open("news/sport", id);
    assertNext("open 200");
    assertNext("message: missed");
    broker.publish("news/sport", Event.of("headline", "live"));
    assertNext("headline: live");
    application.close();
    assertNext("closed");
  }

  @Test
  void whatIsNoTopicIsNotFound() throws Exception {
    open("", "");
    assertNext("failed 404");
  }

  private EventSource open(String topic, String lastEventId) {
    String port = application.getEnvironment().getProperty("local.server.port");
    Request request =
        new Request.Builder()
            .url("http://localhost:" + port + "/events/" + topic)
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
