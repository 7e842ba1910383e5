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
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
      String html = text(page);
      assertTrue(html.startsWith("<!doctype html>"), html);
      assertTrue(html.contains("new EventSource('/events')"), html);

      HttpResponse<InputStream> missing = get(uri.resolve("/favicon.ico"), CHROME);
      assertEquals(404, missing.statusCode());
      assertEquals("404 Not Found\n", text(missing));
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
