package dev.ssebroker.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
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
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lifecycle of a demo in its own process. */
@Timeout(60)
class DemoIT extends DemoOverHttp {
  /** The maximum time from the signal to the end of the process. */
  private static final Duration SHUTDOWN_TIME = Duration.ofSeconds(2);

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
        // Throws if the stream is cut instead of ended.
        lines.lines().forEach(line -> {});
      }
      demo.awaitLine("Removed client\\. 0 registered clients");
      assertEquals(143, demo.awaitExitWithin(SHUTDOWN_TIME));
      assertEquals(List.of(), demo.unreadLines());
    }
  }

  @Test
  void eventSourceReceivesTheTimeAndAnOrderlyEnd() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0", "--interval", "10ms")) {
      BlockingQueue<String> received = new LinkedBlockingQueue<>();
      OkHttpClient client = new OkHttpClient();
      okhttp3.Request request = new okhttp3.Request.Builder().url(demo.awaitStart() + "/").build();
      EventSources.createFactory(client).newEventSource(request, new Recorder(received));
      demo.awaitLine("Client added\\. 1 registered clients");
      for (int i = 0; i < 3; i++) {
        String event = next(received);
        assertTrue(event.matches("message " + TIME), event);
      }
      demo.signal();
      String last = next(received);
      while (last.startsWith("message ")) {
        last = next(received);
      }
      assertEquals("closed", last);
      assertEquals(143, demo.awaitExitWithin(SHUTDOWN_TIME));
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
    }
  }

  @Test
  void stalledCrowdDoesNotDelayTheEnd() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--port", "0", "--interval", "1ms")) {
      URI uri = demo.awaitStart();
      assertEquals(200, post(uri.resolve("/clients?count=500&kind=stalled"), "").statusCode());
      assertEquals(200, post(uri.resolve("/clients?count=500&kind=slow"), "").statusCode());

      demo.signal();
      assertEquals(143, demo.awaitExitWithin(SHUTDOWN_TIME));
      assertEquals(List.of(), demo.unreadLines());
    }
  }

  @Test
  void addedAndRemovedClientsAreLogged() throws Exception {
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
  void demoRelaysTheEventsOfAnotherDemo() throws Exception {
    try (DemoProcess upstream =
        DemoProcess.start("--port", "0", "--interval", "10ms", "--message", "from upstream")) {
      String source = upstream.awaitStart().resolve("/events").toString();
      try (DemoProcess demo =
          DemoProcess.start(
              "--port", "0", "--interval", "1h", "--relay", source, "--topic", "up/there")) {
        // The relay may log its line at any point of the start.
        URI uri = URI.create(demo.skipTo("Listening\\. Open (http://\\S+) in a browser").group(1));
        try (BufferedReader lines = lines(get(uri.resolve("/events?topic=up/*"), "*/*"))) {
          readOpening(lines);
          long last = 0;
          for (int i = 0; i < 3; i++) {
            assertEquals("data: from upstream", lines.readLine());
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
        assertEquals(143, demo.awaitExitWithin(SHUTDOWN_TIME));
      }
    }
  }

  @Test
  void streamIsServedWithTheConfiguredCertificate(@TempDir Path directory) throws Exception {
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
      BlockingQueue<String> received = new LinkedBlockingQueue<>();
      okhttp3.Request request =
          new okhttp3.Request.Builder()
              .url("https://localhost:" + uri.getPort() + "/events")
              .build();
      EventSource stream =
          EventSources.createFactory(client).newEventSource(request, new Recorder(received));
      for (int i = 0; i < 3; i++) {
        String event = next(received);
        assertTrue(event.matches("message " + TIME), event);
      }
      demo.signal();
      String last = next(received);
      while (last.startsWith("message ")) {
        last = next(received);
      }
      assertEquals("closed", last);
      assertEquals(143, demo.awaitExitWithin(SHUTDOWN_TIME));
      stream.cancel();
    } finally {
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
    }
  }

  @Test
  void messageIsPublishedVerbatim() throws Exception {
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
  void usedPortIsReportedInOneLine() throws Exception {
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

  /** The 10 MB of the reading client exceed the socket buffers of the stalled one. */
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
        assertEquals(143, demo.awaitExitWithin(SHUTDOWN_TIME));
        assertEquals(List.of(), demo.unreadLines());
        assertTrue(stalled.isConnected());
      }
    }
  }

  /** Requests the stream and reads nothing. */
  private static Socket request(URI uri) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
    socket
        .getOutputStream()
        .write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
    return socket;
  }

  private static String next(BlockingQueue<String> received) throws InterruptedException {
    String next = received.poll(20, TimeUnit.SECONDS);
    assertNotNull(next, "no event was received");
    return next;
  }

  private static final class Recorder extends EventSourceListener {
    private final BlockingQueue<String> received;

    Recorder(BlockingQueue<String> received) {
      this.received = received;
    }

    @Override
    public void onEvent(
        EventSource source, @Nullable String id, @Nullable String type, String data) {
      received.add((type == null ? "message" : type) + " " + data);
    }

    @Override
    public void onClosed(EventSource source) {
      received.add("closed");
    }

    @Override
    public void onFailure(EventSource source, @Nullable Throwable e, @Nullable Response response) {
      received.add("failed " + e);
    }
  }
}
