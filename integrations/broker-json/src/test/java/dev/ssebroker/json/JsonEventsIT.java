package dev.ssebroker.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.http.Access;
import dev.ssebroker.http.Authorizer;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.http.StreamHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** JSON from a publisher to a subscriber. Both use OkHttp. */
@Timeout(30)
class JsonEventsIT {
  private static final String TOKEN = "a-token-for-this-test";
  private static final String RECEIPT =
      "\\{\"id\":\"[^\"]+\",\"queued\":%d,\"replaying\":0,\"dropped\":0\\}";

  private final Broker broker = Broker.open();
  private final SseServer server;
  private final OkHttpClient http =
      new OkHttpClient.Builder().readTimeout(Duration.ofSeconds(10)).build();
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  JsonEventsIT() throws IOException {
    server =
        SseServer.builder(broker, StreamHandler.topicsUnder("/events/"))
            .port(0)
            .authorizer(Authorizer.bearer(TOKEN, Access.PUBLISH))
            .publishing("/events/")
            .bodyFormat(JsonEvents.json())
            .bodyFormat(JsonEvents.lines())
            .start();
  }

  @AfterEach
  void close() {
    http.dispatcher().cancelAll();
    http.dispatcher().executorService().shutdown();
    server.close();
    broker.close();
    assertEquals("[]", lines.toString());
  }

  @Test
  void eventsOfAnArrayAreReceivedWithReceipts() throws Exception {
    Subscriber subscriber = new Subscriber();
    assertNext("open 200");
    assertPublished(
        "application/json; charset=utf-8",
        "[{\"type\":\"price\",\"data\":{\"ACME\": 12.50}}, {\"data\":\"zwei\\nZeilen\"}]",
        "\\[" + RECEIPT.formatted(1) + "," + RECEIPT.formatted(1) + "\\]\\s*");
    assertNext("price: {\"ACME\":12.50}");
    assertNext("null: zwei\nZeilen");
    subscriber.close();
    assertNext("failed");
  }

  @Test
  void oneObjectIsAnArrayOfOneReceipt() throws Exception {
    assertPublished("application/json", "{\"data\":1}", "\\[" + RECEIPT.formatted(0) + "\\]\\s*");
  }

  @Test
  void eventsOfLinesAreReceivedWithReceipts() throws Exception {
    Subscriber subscriber = new Subscriber();
    assertNext("open 200");
    for (String mediaType : new String[] {"application/x-ndjson", "application/jsonl"}) {
      assertPublished(
          mediaType,
          "{\"data\":\"a\"}\n\n{\"data\":[ ]}\n",
          "\\[" + RECEIPT.formatted(1) + "," + RECEIPT.formatted(1) + "\\]\\s*");
      assertNext("null: a");
      assertNext("null: []");
    }
    subscriber.close();
    assertNext("failed");
  }

  @Test
  void idThatWasPublishedBeforeIsNamedByTheNumberOfItsEvent() throws Exception {
    assertPublished(
        "application/json", "{\"data\":1,\"id\":\"a\"}", "\\[" + RECEIPT.formatted(0) + "\\]\\s*");
    try (Response response =
        publish("application/x-ndjson", "{\"data\":2}\n\n{\"data\":3,\"id\":\"a\"}\n")) {
      assertEquals(409, response.code());
      assertEquals("409 event 2: id 'a' was published before\n", response.body().string());
    }
    assertEquals(1, broker.stats().events().published());
  }

  @Test
  void refusalNamesTheEventAndNothingIsPublished() throws Exception {
    try (Response response =
        publish("application/json", "[{\"data\":\"a\"},{\"data\":\"b\",\"topic\":\"7\"}]")) {
      assertEquals(400, response.code());
      assertEquals(
          "400 event 2 has an unknown member; allowed are data, type, id, key and retry\n",
          response.body().string());
    }
    assertEquals(0, broker.stats().events().published());
  }

  @Test
  void receiptHasTheIdOfThePublisher() throws Exception {
    assertPublished(
        "application/json",
        "{\"data\":1,\"id\":\"order-17\"}",
        "\\[\\{\"id\":\"order-17\".*\\]\\s*");
  }

  private void assertPublished(String mediaType, String body, String receipts) throws IOException {
    try (Response response = publish(mediaType, body)) {
      assertEquals(200, response.code());
      assertEquals("application/json", response.header("Content-Type"));
      String answer = response.body().string();
      assertTrue(answer.matches(receipts), answer);
    }
  }

  private Response publish(String mediaType, String body) throws IOException {
    RequestBody json =
        RequestBody.create(body.getBytes(StandardCharsets.UTF_8), MediaType.get(mediaType));
    return http.newCall(request().header("Authorization", "Bearer " + TOKEN).post(json).build())
        .execute();
  }

  private Request.Builder request() {
    return new Request.Builder().url("http://localhost:" + server.port() + "/events/news");
  }

  private void assertNext(String line) throws InterruptedException {
    assertEquals(line, lines.poll(10, TimeUnit.SECONDS));
  }

  /** Records callbacks as lines. */
  private final class Subscriber extends EventSourceListener {
    private final EventSource source =
        EventSources.createFactory(http).newEventSource(request().build(), this);

    @Override
    public void onOpen(EventSource source, Response response) {
      lines.add("open " + response.code());
    }

    @Override
    public void onEvent(
        EventSource source, @Nullable String id, @Nullable String type, String data) {
      lines.add(type + ": " + data);
    }

    @Override
    public void onFailure(EventSource source, @Nullable Throwable t, @Nullable Response response) {
      lines.add("failed");
    }

    void close() {
      source.cancel();
    }
  }
}
