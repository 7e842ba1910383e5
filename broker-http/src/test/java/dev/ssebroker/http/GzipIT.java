package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GzipIT {
  private static final String LARGE = "the same again, ".repeat(1000);

  private final Broker broker = Broker.open();
  private final SseServer server;

  GzipIT() throws IOException {
    server = server(true);
  }

  private SseServer server(boolean gzip) throws IOException {
    return SseServer.builder(broker, StreamHandler.topicsUnder("/events/"))
        .port(0)
        .gzip(gzip)
        .start();
  }

  @AfterEach
  void close() {
    server.close();
    broker.close();
  }

  /** OkHttp asks for gzip by itself, and decodes it out of sight. */
  @Test
  void okHttpReadsEachEventWhenItArrives() throws Exception {
    OkHttpClient http = new OkHttpClient();
    Request request =
        new Request.Builder().url("http://localhost:" + server.port() + "/events/a").build();
    try (Response response = http.newCall(request).execute()) {
      Response network = response.networkResponse();
      assertTrue(network != null && "gzip".equals(network.header("Content-Encoding")));
      BufferedSource lines = response.body().source();
      readThrough(lines, ":");
      for (int i = 0; i < 100; i++) {
        broker.publish("a", Event.of(i % 2 == 0 ? "small " + i : LARGE + i));
        readThrough(lines, "data: " + (i % 2 == 0 ? "small " + i : LARGE + i));
      }
      broker.close();
      while (lines.readUtf8Line() != null) {}
    } finally {
      http.dispatcher().executorService().shutdown();
    }
  }

  private static void readThrough(BufferedSource lines, String line) throws IOException {
    while (!lines.readUtf8LineStrict().equals(line)) {}
  }

  /** The JDK's reader checks the checksum and the length at the end, also in an HTTP/1.0 body. */
  @Test
  void streamEndsWithACorrectTrailer() throws Exception {
    try (Socket socket = new Socket(server.address().getAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              "GET /events/a HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String head = "";
      while (!head.endsWith("\r\n\r\n")) {
        head += (char) socket.getInputStream().read();
      }
      assertTrue(head.contains("\r\nContent-Encoding: gzip\r\n"), head);
      assertTrue(head.contains("\r\nVary: Accept-Encoding\r\n"), head);
      broker.publish("a", Event.of(LARGE));
      broker.publish("a", Event.of("last"));
      broker.close();
      String body =
          new String(
              new GZIPInputStream(socket.getInputStream()).readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(body.startsWith("retry: "), body);
      assertTrue(body.contains("data: " + LARGE + "\n"), body);
      assertTrue(body.contains("\ndata: last\nid: "), body);
    }
  }

  @Test
  void compressedStreamIsASmallPartOfThePlainOne() throws Exception {
    try (RawClient plain = new RawClient(server).get("/events/a").awaitStream();
        RawClient compressed = new RawClient(server)) {
      compressed.send("GET /events/a HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br\r\n\r\n");
      compressed.readThrough("\r\n\r\n");
      compressed.readThrough(":\n\n");
      broker.publish("a", Event.of(LARGE));
      broker.close();
      int plainBytes = plain.readToEnd().length();
      int compressedBytes = compressed.readToEnd().length();
      assertTrue(20 * compressedBytes < plainBytes, compressedBytes + " of " + plainBytes);
    }
  }

  @Test
  void streamIsCompressedOnlyIfTheClientAsksAndTheServerAllows() throws Exception {
    try (SseServer off = server(false);
        RawClient first = new RawClient(server).get("/events/a");
        RawClient second = new RawClient(off)) {
      second.send("GET /events/a HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
      assertFalse(first.readThrough("\r\n\r\n").contains("Content-Encoding"));
      String head = second.readThrough("\r\n\r\n");
      assertFalse(head.contains("Content-Encoding"), head);
      assertFalse(head.contains("Vary"), head);
    }
  }
}
