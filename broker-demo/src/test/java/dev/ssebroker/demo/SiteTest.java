package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The site serves its own paths, but no other files of the jar. */
class SiteTest {
  private final Broker broker = Broker.open();
  private final SseServer server;

  SiteTest() throws IOException {
    server = SseServer.builder(broker, new Site("ticker")).port(0).start();
  }

  @AfterEach
  void close() {
    server.close();
    broker.close();
  }

  private String get(String path) throws IOException {
    return RawRequest.send(
        server, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".formatted(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/page.css", "/page.js", "/charts.js", "/sse-client.js"})
  void fileOfThePageIsServed(String path) throws Exception {
    String answer = get(path);
    assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/index.html",
        "/Site.class",
        "//page.css",
        "/./page.css",
        "/x/../page.css",
        "/../demo/page.css",
        "/%2e%2e/demo/page.css",
        "/..%2fdemo/page.css",
        "/%70age.css",
        "/page.css/",
        "/page.css%00",
        "/PAGE.CSS",
        "/META-INF/MANIFEST.MF",
        "/dev/ssebroker/demo/page.css",
        "/etc/passwd",
      })
  void everythingElseIsNotFound(String path) throws Exception {
    String answer = get(path);
    assertTrue(answer.startsWith("HTTP/1.1 404 Not Found\r\n"), answer);
  }
}
