package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The responses of the demo to requests. */
@Timeout(60)
class DemoRequestsIT extends DemoOverHttp {
  private static final String CHROME =
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

  @Test
  void browserGetsThePageAndOtherPathsAreNotFound() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0")) {
      URI uri = demo.awaitStart();

      HttpResponse<InputStream> page = get(uri.resolve("/"), CHROME);
      assertEquals(200, page.statusCode());
      assertEquals("text/html;charset=utf-8", header(page, "Content-Type"));
      assertEquals("no-cache", header(page, "Cache-Control"));
      assertTrue(header(page, "Content-Security-Policy").startsWith("default-src 'self';"));
      String html = text(page);
      assertTrue(html.startsWith("<!doctype html>"), html);

      assertEquals("text/css", header(get(uri.resolve("/page.css"), CHROME), "Content-Type"));
      for (String script : List.of("/page.js", "/charts.js", "/sse-client.js")) {
        HttpResponse<InputStream> part = get(uri.resolve(script), "*/*");
        assertEquals("text/javascript;charset=utf-8", header(part, "Content-Type"));
        assertEquals("no-cache", header(part, "Cache-Control"));
      }

      HttpResponse<InputStream> missing = get(uri.resolve("/favicon.ico"), CHROME);
      assertEquals(404, missing.statusCode());
      assertEquals("404 Not Found\n", text(missing));
    }
  }

  @Test
  void figuresCountExtraClients() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0", "--interval", "10ms")) {
      URI uri = demo.awaitStart();

      assertAnswer(
          200,
          "{\"fast\":5,\"slow\":0,\"stalled\":0}\n",
          post(uri.resolve("/clients?count=5&kind=fast"), ""));
      assertAnswer(
          200,
          "{\"fast\":5,\"slow\":0,\"stalled\":7}\n",
          post(uri.resolve("/clients?count=7&kind=stalled"), ""));
      try (BufferedReader lines = lines(get(uri.resolve("/events?topic=stats"), "*/*"))) {
        readOpening(lines);
        assertEquals("event: stats", lines.readLine());
        String figures = lines.readLine();
        assertTrue(figures.startsWith("data: {\"time\":"), figures);
        assertTrue(figures.contains("\"fast\":{\"clients\":5,"), figures);
        assertTrue(figures.contains("\"stalled\":{\"clients\":7,"), figures);
      }
      demo.awaitLine("Client added\\. 13 registered clients");
      demo.awaitLine("Removed client\\. 12 registered clients");
      assertAnswer(
          200,
          "{\"fast\":0,\"slow\":0,\"stalled\":0}\n",
          post(uri.resolve("/clients?close=all"), ""));
    }
  }

  @Test
  void tickerChangesItsIntervalAndBursts() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0", "--interval", "1h")) {
      URI uri = demo.awaitStart();
      try (BufferedReader lines = lines(get(uri.resolve("/events"), "*/*"))) {
        readOpening(lines);
        assertAnswer(
            200,
            "{\"interval\":\"3600s\",\"burst\":100}\n",
            post(uri.resolve("/ticker?burst=100"), ""));
        for (int i = 0; i < 300; i++) {
          lines.readLine();
        }
        assertAnswer(
            200,
            "{\"interval\":\"10ms\",\"burst\":0}\n",
            post(uri.resolve("/ticker?interval=10ms"), ""));
        assertTrue(lines.readLine().matches("data: " + TIME));
      }
    }
  }

  @Test
  void publishedEventReachesSubscribersOfItsTopic() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0", "--interval", "1ms")) {
      URI uri = demo.awaitStart();
      String query = "/events?topic=news/*&topic=weather";
      try (BufferedReader lines = lines(get(uri.resolve(query), "*/*"))) {
        readOpening(lines);
        HttpResponse<InputStream> receipt =
            post(uri.resolve("/publish/news/sport?type=goal"), "1:0");
        assertEquals(200, receipt.statusCode());
        assertTrue(text(receipt).contains("\"queued\":1,\"replaying\":0,\"dropped\":0}"));
        assertEquals("event: goal", lines.readLine());
        assertEquals("data: 1:0", lines.readLine());
      }
      assertEquals(400, get(uri.resolve("/events?topic=news//sport"), "*/*").statusCode());
    }
  }

  @Test
  void invalidRequestIsRefusedWithWhatIsAllowed() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0")) {
      URI uri = demo.awaitStart();
      Map<String, String> lines =
          Map.ofEntries(
              Map.entry("/clients", "write count=100 and kind=fast, slow or stalled to open"),
              Map.entry("/clients?close=all&count=1", "write count=100 and kind=fast, slow or"),
              Map.entry("/clients?close=me", "close is 'me'; allowed is all"),
              Map.entry("/clients?kind=fast", "count is ''; allowed is a number from 1 to 10000"),
              Map.entry("/clients?kind=fast&count=0", "count is '0'; allowed is a number from 1"),
              Map.entry("/clients?kind=fast&count=10001", "count is '10001'; allowed is a number"),
              Map.entry("/clients?kind=web&count=1", "kind is 'web'; allowed are fast, slow and"),
              Map.entry("/clients?kind=fast&kind=slow&count=1", "kind is given twice"),
              Map.entry("/ticker", "write interval=500ms, 2s, 1m or 1h, from 1ms to 1h, or burst="),
              Map.entry("/ticker?interval=2", "'2' is not a time; write 500ms, 2s, 1m or 1h"),
              Map.entry("/ticker?interval=2h", "'2h' is out of bounds; allowed is from 1ms to 1h"),
              Map.entry("/ticker?burst=-1", "burst is '-1'; allowed is a number from 1 to 10000"));
      for (Map.Entry<String, String> line : lines.entrySet()) {
        HttpResponse<InputStream> response = post(uri.resolve(line.getKey()), "");
        assertEquals(400, response.statusCode(), line::getKey);
        String text = text(response);
        assertTrue(text.startsWith("400 " + line.getValue()), text);
        assertEquals(1, text.lines().count(), text);
      }
    }
  }

  @Test
  void pagesOfOtherWebSitesCannotControlTheDemo() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0")) {
      URI uri = demo.awaitStart();
      for (String path : List.of("/publish/a", "/clients?count=1&kind=fast", "/ticker?burst=1")) {
        HttpRequest request =
            HttpRequest.newBuilder(uri.resolve(path))
                .header("Origin", "http://evil.example")
                .POST(HttpRequest.BodyPublishers.noBody())
                .timeout(Duration.ofSeconds(20))
                .build();
        HttpResponse<InputStream> response =
            http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(403, response.statusCode(), path);
        assertTrue(text(response).contains("--publish-token"), path);
      }
    }
  }

  private static void assertAnswer(int status, String body, HttpResponse<InputStream> response)
      throws IOException {
    assertEquals(body, text(response));
    assertEquals(status, response.statusCode());
  }
}
