package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.redis.RedisServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Demos in their own processes that share a log in Redis. */
@Timeout(120)
class SeveralDemosIT {
  private static final String LOG_UNAVAILABLE =
      "The log is unavailable; the broker tries again: .*";
  private static final String LOG_AVAILABLE = "The log is available again";

  private final HttpClient http = HttpClient.newHttpClient();

  private static DemoProcess start(RedisServer redis, String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of("--port=0", "--redis=" + redis.uri()));
    all.addAll(List.of(options));
    return DemoProcess.start(all.toArray(String[]::new));
  }

  /** Waits for the lines of the start. Lines of other threads can occur between them. */
  private static URI awaitStart(DemoProcess demo) throws InterruptedException {
    URI uri = URI.create(demo.skipTo("Listening\\. Open (http://\\S+) in a browser").group(1));
    demo.skipTo("Press Ctrl-C to stop");
    return uri;
  }

  @Test
  void clientReceivesEventsOfAnotherDemoAndResumesThere() throws Exception {
    try (RedisServer redis = RedisServer.start();
        DemoProcess first = start(redis, "--interval=1h");
        DemoProcess second = start(redis, "--interval=1h")) {
      URI a = awaitStart(first);
      URI b = awaitStart(second);
      String id;
      try (Stream stream = stream(a, "news", "")) {
        String receipt = post(b.resolve("/publish/news"), "one").body();

        assertEquals("one", stream.next().data);
        id = stream.last.id;
        assertTrue(receipt.startsWith("{\"id\":\"" + id + "\","), receipt);
      }
      post(a.resolve("/publish/news"), "two");
      try (Stream stream = stream(b, "news", id)) {
        assertEquals("two", stream.next().data);
        post(a.resolve("/publish/news"), "three");
        assertEquals("three", stream.next().data);
      }
    }
  }

  @Test
  void thereIsOneTickPerIntervalAndFiguresAreLocal() throws Exception {
    try (RedisServer redis = RedisServer.start();
        DemoProcess first = start(redis, "--interval=250ms");
        DemoProcess second = start(redis, "--interval=250ms")) {
      URI a = awaitStart(first);
      URI b = awaitStart(second);
      try (Stream stream = stream(a, "**", "")) {
        long before = 0;
        for (int i = 0; i < 16; i++) {
          ReceivedEvent tick = stream.next();
          assertEquals("message", tick.type, tick.data);
          Matcher slot = Pattern.compile("tick-250-(\\d+)").matcher(tick.id);
          assertTrue(slot.matches(), tick.id);
          long number = Long.parseLong(slot.group(1));
          assertTrue(number > before, tick.id);
          before = number;
        }
        String figures = get(a.resolve("/figures"), "").body();
        assertTrue(figures.contains("\"clients\":1,\"replaying\":0,"), figures);
        figures = get(b.resolve("/figures"), "").body();
        assertTrue(figures.contains("\"clients\":0,\"replaying\":0,"), figures);
        String page = getPage(a);
        assertTrue(page.contains("<body data-figures=\"/figures\">"), page);
      }
    }
  }

  @Test
  void streamsStayOpenAndPublishingFailsWhileRedisIsUnavailable() throws Exception {
    try (RedisServer redis = RedisServer.start();
        DemoProcess demo = start(redis, "--interval=1h")) {
      URI uri = awaitStart(demo);
      try (Stream stream = stream(uri, "**", "")) {
        post(uri.resolve("/publish/news"), "before");
        assertEquals("before", stream.next().data);

        redis.kill();
        demo.skipTo(LOG_UNAVAILABLE);
        HttpResponse<String> refused = post(uri.resolve("/ticker?burst=1000"), "");
        assertEquals(503, refused.statusCode());
        assertTrue(
            refused.body().startsWith("503 Redis at 127.0.0.1:" + redis.port()), refused.body());
        assertEquals(1, refused.body().lines().count());

        redis.restart();
        demo.skipTo(LOG_AVAILABLE);
        assertEquals(200, post(uri.resolve("/publish/news"), "after").statusCode());
        stream.skipTo("after");
      }
      demo.signal();
      assertEquals(143, demo.awaitExit());
      assertEquals(
          List.of(), demo.unreadLines().stream().filter(line -> !line.startsWith("20")).toList());
    }
  }

  @Test
  void demoStartsWithoutRedis() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      redis.kill();
      try (DemoProcess demo = start(redis, "--interval=200ms")) {
        demo.awaitLine("Events go through Redis at redis://127.0.0.1:" + redis.port() + "\\. .*");
        demo.awaitLine(LOG_UNAVAILABLE);
        URI uri = awaitStart(demo);
        try (Stream stream = stream(uri, "ticker", "")) {
          demo.skipTo("The ticker's event cannot be published; retrying: Redis at .*");
          redis.restart();
          demo.skipTo("The ticker's event can be published again");
          // It is unknown what was published while Redis was unavailable.
          assertEquals(
              new ReceivedEvent("gap", "{\"missed\":null,\"reason\":\"unavailable\"}", ""),
              stream.next());
          assertTrue(stream.next().id.startsWith("tick-200-"), stream.last::toString);
        }
      }
    }
  }

  @Test
  void relayLosesAndDuplicatesNothingWhileRedisIsUnavailable() throws Exception {
    try (RedisServer redis = RedisServer.start("--appendonly", "yes", "--appendfsync", "always");
        DemoProcess upstream = DemoProcess.start("--port=0", "--interval=50ms")) {
      String source = upstream.awaitStart() + "/events";
      try (DemoProcess demo = start(redis, "--interval=1h", "--relay=" + source)) {
        URI uri = awaitStart(demo);
        try (Stream stream = stream(uri, "relay", "")) {
          String first = stream.next().id;
          redis.kill();
          demo.skipTo("An event of the relay's upstream \\S+ cannot be published; retrying.*");
          redis.restart();
          demo.skipTo("An event of the relay's upstream \\S+ can be published again");
          try (Stream original = stream(URI.create(source), "ticker", first)) {
            for (int i = 0; i < 100; i++) {
              assertEquals(original.next(), stream.next());
            }
          }
        }
      }
    }
  }

  private HttpResponse<String> get(URI uri, String accept)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri).header("Accept", accept.isEmpty() ? "*/*" : accept).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String getPage(URI uri) throws IOException, InterruptedException {
    return get(uri.resolve("/"), "text/html").body();
  }

  private HttpResponse<String> post(URI uri, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .timeout(Duration.ofSeconds(20))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private Stream stream(URI uri, String topic, String lastEventId)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri.resolve("/events?topic=" + topic))
            .timeout(Duration.ofSeconds(20));
    if (!lastEventId.isEmpty()) {
      request.header("Last-Event-ID", lastEventId);
    }
    HttpResponse<InputStream> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    assertEquals(200, response.statusCode());
    return new Stream(response.body());
  }

  private record ReceivedEvent(String type, String data, String id) {}

  /** A stream that the test thread reads. */
  private static final class Stream implements AutoCloseable {
    private final BufferedReader lines;
    private ReceivedEvent last = new ReceivedEvent("", "", "");

    Stream(InputStream body) {
      this.lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    }

    ReceivedEvent next() throws IOException {
      String type = "message";
      String data = "";
      String id = "";
      while (true) {
        String line = lines.readLine();
        assertNotNull(line, "the stream has ended");
        if (line.startsWith("event: ")) {
          type = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data = line.substring(6);
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.isEmpty() && !data.isEmpty()) {
          last = new ReceivedEvent(type, data, id);
          return last;
        }
      }
    }

    /** Skips gap notices, since a restarted Redis has lost events. */
    void skipTo(String data) throws IOException {
      while (!next().data.equals(data)) {
        assertEquals("gap", last.type, last.data);
      }
      assertFalse(last.id.isEmpty());
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }
}
