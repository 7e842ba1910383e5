package dev.ssebroker.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DemoIT {
  /** What a process that is asked to end may take. */
  private static final Duration TIME_TO_END = Duration.ofSeconds(2);

  private static final String TIME =
      "the time is \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} [+-]\\d\\d:\\d\\d";

  private static final String CHROME =
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

  private final HttpClient http = HttpClient.newHttpClient();

  @ParameterizedTest
  @ValueSource(strings = {"/", "/events"})
  void clientReceivesTheTimeAndAnOrderlyEnd(String path) throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0", "--interval", "10ms")) {
      HttpResponse<InputStream> response = get(demo.awaitStart().resolve(path), "*/*");
      assertEquals(200, response.statusCode());
      assertEquals("text/event-stream", header(response, "Content-Type"));
      assertEquals("*", header(response, "Access-Control-Allow-Origin"));
      demo.awaitLine("Client added\\. 1 registered clients");

      try (BufferedReader lines = lines(response)) {
        readOpening(lines);
        for (int i = 0; i < 3; i++) {
          String data = lines.readLine();
          assertTrue(data.matches("data: " + TIME), data);
          String id = lines.readLine();
          assertTrue(id.matches("id: [0-9a-z]+-[0-9]+"), id);
          assertEquals("", lines.readLine());
        }
        demo.signal();
        // A stream without its end would throw here.
        lines.lines().forEach(line -> {});
      }
      demo.awaitLine("Removed client\\. 0 registered clients");
      assertEquals(143, demo.awaitExitWithin(TIME_TO_END));
      assertEquals(List.of(), demo.unreadLines());
    }
  }

  @Test
  void eventSourceReceivesTheTimeAndAnOrderlyEnd() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0", "--interval", "10ms")) {
      BlockingQueue<String> heard = new LinkedBlockingQueue<>();
      OkHttpClient client = new OkHttpClient();
      okhttp3.Request request = new okhttp3.Request.Builder().url(demo.awaitStart() + "/").build();
      EventSources.createFactory(client).newEventSource(request, new Heard(heard));
      demo.awaitLine("Client added\\. 1 registered clients");
      for (int i = 0; i < 3; i++) {
        String event = next(heard);
        assertTrue(event.matches("message " + TIME), event);
      }
      demo.signal();
      String last = next(heard);
      while (last.startsWith("message ")) {
        last = next(heard);
      }
      assertEquals("closed", last);
      assertEquals(143, demo.awaitExitWithin(TIME_TO_END));
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
    }
  }

  @Test
  void browserGetsThePageAndEveryOtherPathIsNotFound() throws Exception {
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
      for (String script : List.of("/page.js", "/sse-client.js")) {
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
  void extraClientsComeAndGoAndTheFiguresShowThem() throws Exception {
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
  void stalledCrowdDoesNotDelayTheEnd() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0", "--interval", "1ms")) {
      URI uri = demo.awaitStart();
      assertEquals(200, post(uri.resolve("/clients?count=500&kind=stalled"), "").statusCode());
      assertEquals(200, post(uri.resolve("/clients?count=500&kind=slow"), "").statusCode());

      demo.signal();
      assertEquals(143, demo.awaitExitWithin(TIME_TO_END));
      assertEquals(List.of(), demo.unreadLines());
    }
  }

  @Test
  void tickerCanBeChangedAndCanBurst() throws Exception {
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
  void publishedEventGoesToTheTopicsOfTheQuery() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0", "--interval", "1ms")) {
      URI uri = demo.awaitStart();
      String query = "/events?topic=news/*&topic=weather";
      try (BufferedReader lines = lines(get(uri.resolve(query), "*/*"))) {
        readOpening(lines);
        HttpResponse<InputStream> receipt =
            post(uri.resolve("/publish/news/sport?type=goal"), "1:0");
        assertEquals(200, receipt.statusCode());
        assertTrue(text(receipt).contains("\"offered\":1,\"behind\":0,\"dropped\":0}"));
        assertEquals("event: goal", lines.readLine());
        assertEquals("data: 1:0", lines.readLine());
      }
      assertEquals(400, get(uri.resolve("/events?topic=news//sport"), "*/*").statusCode());
    }
  }

  @Test
  void wrongRequestsAreToldWhatIsAllowed() throws Exception {
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
              Map.entry("/clients?kind=fast&kind=slow&count=1", "kind stands twice"),
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
  void pagesOfOtherWebSitesMayNotControlTheDemo() throws Exception {
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

  @Test
  void clientsAreCountedAsTheyComeAndGo() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0", "--interval", "1h")) {
      URI uri = demo.awaitStart();

      Socket first = request(uri);
      demo.awaitLine("Client added\\. 1 registered clients");
      Socket second = request(uri);
      demo.awaitLine("Client added\\. 2 registered clients");
      first.close();
      demo.awaitLine("Removed client\\. 1 registered clients");
      second.close();
      demo.awaitLine("Removed client\\. 0 registered clients");
    }
  }

  @Test
  void demoThatRelaysAnotherOnePassesItsEventsOn() throws Exception {
    try (DemoProcess above =
        DemoProcess.start("--port", "0", "--interval", "10ms", "--message", "from above")) {
      String source = above.awaitStart().resolve("/events").toString();
      try (DemoProcess demo =
          DemoProcess.start(
              "--port", "0", "--interval", "1h", "--relay", source, "--topic", "up/there")) {
        // The relay's own line may stand anywhere among those of the start.
        URI uri = URI.create(demo.skipTo("Listening\\. Open (http://\\S+) in a browser").group(1));
        try (BufferedReader lines = lines(get(uri.resolve("/events?topic=up/*"), "*/*"))) {
          readOpening(lines);
          long last = 0;
          for (int i = 0; i < 3; i++) {
            assertEquals("data: from above", lines.readLine());
            String id = lines.readLine();
            assertTrue(id.matches("id: [0-9a-z]+-[0-9]+"), id);
            long number = Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
            assertTrue(number > last, id);
            last = number;
            assertEquals("", lines.readLine());
          }
          demo.signal();
          lines.lines().forEach(line -> {});
        }
        assertEquals(143, demo.awaitExitWithin(TIME_TO_END));
      }
    }
  }

  @Test
  void streamIsServedWithTheCertificateThatIsGiven(@TempDir Path directory) throws Exception {
    HeldCertificate certificate =
        new HeldCertificate.Builder().addSubjectAlternativeName("localhost").build();
    Path chain = Files.writeString(directory.resolve("chain.pem"), certificate.certificatePem());
    Path key = Files.writeString(directory.resolve("key.pem"), certificate.privateKeyPkcs8Pem());
    HandshakeCertificates trusted =
        new HandshakeCertificates.Builder()
            .addTrustedCertificate(certificate.certificate())
            .build();
    OkHttpClient client =
        new OkHttpClient.Builder()
            .sslSocketFactory(trusted.sslSocketFactory(), trusted.trustManager())
            .build();
    try (DemoProcess demo =
        DemoProcess.start(
            "--port=0", "--interval=10ms", "--tls-cert=" + chain, "--tls-key=" + key)) {
      URI uri = demo.awaitStart();
      assertEquals("https", uri.getScheme());
      BlockingQueue<String> heard = new LinkedBlockingQueue<>();
      okhttp3.Request request =
          new okhttp3.Request.Builder()
              .url("https://localhost:" + uri.getPort() + "/events")
              .build();
      EventSource stream =
          EventSources.createFactory(client).newEventSource(request, new Heard(heard));
      for (int i = 0; i < 3; i++) {
        String event = next(heard);
        assertTrue(event.matches("message " + TIME), event);
      }
      demo.signal();
      String last = next(heard);
      while (last.startsWith("message ")) {
        last = next(heard);
      }
      assertEquals("closed", last);
      assertEquals(143, demo.awaitExitWithin(TIME_TO_END));
      stream.cancel();
    } finally {
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
    }
  }

  private static void readOpening(BufferedReader lines) throws IOException {
    String retry = lines.readLine();
    assertTrue(retry.matches("retry: \\d{4}"), retry);
    assertEquals("", lines.readLine());
    assertEquals(":", lines.readLine());
    assertEquals("", lines.readLine());
  }

  @Test
  void messageIsPublishedAsItIsGiven() throws Exception {
    try (DemoProcess demo =
        DemoProcess.start(
            "--port", "0", "--interval", "10ms", "--message", "@ $1 {time} \\ {time}")) {
      try (BufferedReader lines = lines(get(demo.awaitStart().resolve("/events"), "*/*"))) {
        readOpening(lines);
        String data = lines.readLine();
        String time = TIME.substring("the time is ".length());
        assertTrue(data.matches("data: @ \\$1 (" + time + ") \\\\ \\1"), data);
      }
    }
  }

  @Test
  void secondDemoOnThePortSaysSoInOneLine() throws Exception {
    try (DemoProcess first = DemoProcess.start("--port", "0")) {
      String port = Integer.toString(first.awaitStart().getPort());
      try (DemoProcess second = DemoProcess.start("--port", port)) {
        assertEquals(1, second.awaitExit());
        List<String> lines = second.unreadLines();
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.getFirst().startsWith("Port " + port + " is in use. "), lines::toString);
      }
    }
  }

  /** The reader's 10 MB are more than the sockets between the demo and the other client hold. */
  @Test
  void clientThatNeverReadsDoesNotDelayTheEnd() throws Exception {
    int events = 200;
    String large = "x".repeat(50_000);
    try (DemoProcess demo =
        DemoProcess.start("--port", "0", "--interval", "5ms", "--message", large)) {
      URI uri = demo.awaitStart();
      try (Socket stalled = request(uri)) {
        demo.awaitLine("Client added\\. 1 registered clients");
        try (BufferedReader lines = lines(get(uri.resolve("/events"), "*/*"))) {
          demo.awaitLine("Client added\\. 2 registered clients");
          for (int i = 0; i < events; i++) {
            lines.readLine();
            lines.readLine();
          }
          demo.signal();
          lines.lines().forEach(line -> {});
        }
        demo.awaitLine("Removed client\\. 1 registered clients");
        demo.awaitLine("Removed client\\. 0 registered clients");
        assertEquals(143, demo.awaitExitWithin(TIME_TO_END));
        assertEquals(List.of(), demo.unreadLines());
        assertTrue(stalled.isConnected());
      }
    }
  }

  /** Asks for the stream and reads nothing. */
  private static Socket request(URI uri) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
    socket
        .getOutputStream()
        .write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
    return socket;
  }

  private HttpResponse<InputStream> get(URI uri, String accept)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Accept", accept)
            .timeout(Duration.ofSeconds(20))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
  }

  private HttpResponse<InputStream> post(URI uri, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .timeout(Duration.ofSeconds(20))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
  }

  private static void assertAnswer(int status, String body, HttpResponse<InputStream> response)
      throws IOException {
    assertEquals(body, text(response));
    assertEquals(status, response.statusCode());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static BufferedReader lines(HttpResponse<InputStream> response) {
    return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  private static String text(HttpResponse<InputStream> response) throws IOException {
    try (InputStream body = response.body()) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String next(BlockingQueue<String> heard) throws InterruptedException {
    String next = heard.poll(20, TimeUnit.SECONDS);
    assertNotNull(next, "nothing was heard");
    return next;
  }

  private static final class Heard extends EventSourceListener {
    private final BlockingQueue<String> heard;

    Heard(BlockingQueue<String> heard) {
      this.heard = heard;
    }

    @Override
    public void onEvent(
        EventSource source, @Nullable String id, @Nullable String type, String data) {
      heard.add((type == null ? "message" : type) + " " + data);
    }

    @Override
    public void onClosed(EventSource source) {
      heard.add("closed");
    }

    @Override
    public void onFailure(EventSource source, @Nullable Throwable e, @Nullable Response response) {
      heard.add("failed " + e);
    }
  }
}
