package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.Request;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.http.StreamHandler;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of browsers and other clients to a real server. */
class GuardTest {
  private static final String TOKEN = "a-secret-of-sixteen";

  private final Broker broker = Broker.open();

  @AfterEach
  void close() {
    broker.close();
  }

  private SseServer server(Guard guard) throws IOException {
    return SseServer.builder(broker, StreamHandler.topicsUnder("/events/"))
        .port(0)
        .authorizer(guard)
        .publishing("/publish/")
        .handle("POST", "/control", (request, body) -> control(guard, request))
        .start();
  }

  private static Decision.Answer control(Guard guard, Request request) {
    return guard.refusal(request).orElseGet(() -> Decision.answer("text/plain", "done"));
  }

  private static String post(SseServer server, String path, String host, String fields)
      throws IOException {
    return RawRequest.send(
        server,
        "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n"
            .formatted(path, host, fields));
  }

  private static String origin(String origin) {
    return origin.isEmpty() ? "" : "Origin: " + origin + "\r\n";
  }

  @ParameterizedTest(name = "Host: {0}, Origin: {1}")
  @CsvSource({
    "localhost:3000,      ''",
    "localhost,           http://localhost",
    "LOCALHOST:3000,      http://localhost:3000",
    "localhost:3000,      https://localhost:3000",
    "127.0.0.1:3000,      http://127.0.0.1:3000",
    "127.1.2.3,           ''",
    "[::1]:3000,          http://[::1]:3000",
  })
  void requestFromThisMachineMayPublishAndControl(String host, String origin) throws Exception {
    try (SseServer server = server(new Guard(Optional.empty(), true))) {
      for (String path : new String[] {"/publish/a", "/control"}) {
        String answer = post(server, path, host, origin(origin));
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
      }
    }
  }

  @ParameterizedTest(name = "Host: {0}, Origin: {1}")
  @CsvSource({
    "rebound.example:3000,  http://rebound.example:3000, only requests to localhost",
    "127.0.0.1.example,     '',                          only requests to localhost",
    "localhost.example,     '',                          only requests to localhost",
    "192.168.0.7:3000,      '',                          only requests to localhost",
    "1270.0.0.1,            '',                          only requests to localhost",
    "localhost:3000,        http://evil.example,         pages of other web sites",
    "localhost:3000,        http://localhost:5173,       pages of other web sites",
    "localhost:3000,        http://127.0.0.1:3000,       pages of other web sites",
    "localhost:3000,        null,                        pages of other web sites",
  })
  void otherRequestIsRefusedWithReasonAndAdvice(String host, String origin, String reason)
      throws Exception {
    try (SseServer server = server(new Guard(Optional.empty(), true))) {
      for (String path : new String[] {"/publish/a", "/control"}) {
        String answer = post(server, path, host, origin(origin));
        assertTrue(answer.startsWith("HTTP/1.1 403 "), answer);
        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        assertTrue(body.startsWith("403 " + reason), body);
        assertTrue(body.contains("start the demo with --publish-token"), body);
        assertEquals(1, body.lines().count());
      }
      assertEquals(0, broker.stats().events().published());
    }
  }

  @Test
  void serverThatOtherMachinesReachRefusesToPublishWithoutAToken() throws Exception {
    try (SseServer server = server(new Guard(Optional.empty(), false))) {
      String answer = post(server, "/publish/a", "localhost", "");
      assertTrue(answer.contains("\r\n\r\n403 other machines can reach this demo"), answer);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "Bearer a-secret-of-sixteen, 200",
    "bearer a-secret-of-sixteen, 200",
    "Bearer a-secret-of-sixtee,  401",
    "Basic a-secret-of-sixteen,  401",
    "'',                         401",
  })
  void onlyTheTokenCountsIfThereIsOne(String authorization, int status) throws Exception {
    String fields = "Origin: http://other.example\r\nAuthorization: " + authorization + "\r\n";
    try (SseServer server = server(new Guard(Optional.of(TOKEN), false))) {
      for (String path : new String[] {"/publish/a", "/control"}) {
        String answer = post(server, path, "demo.example", fields);
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
        assertEquals(status == 401, answer.contains("\r\nWWW-Authenticate: Bearer\r\n"));
      }
    }
  }

  @Test
  void figuresCannotBePublished() throws Exception {
    try (SseServer server = server(new Guard(Optional.of(TOKEN), true))) {
      String answer =
          post(server, "/publish/stats", "localhost", "Authorization: Bearer " + TOKEN + "\r\n");
      assertTrue(answer.contains("\r\n\r\n403 the topic stats is reserved for the demo's"), answer);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everybodyMaySubscribe(boolean loopback) throws Exception {
    Guard guard = new Guard(loopback ? Optional.of(TOKEN) : Optional.empty(), loopback);
    try (SseServer server = server(guard)) {
      String head =
          "HEAD /events/a HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n%s\r\n"
              .formatted(origin("http://other.example"));
      assertTrue(RawRequest.send(server, head).startsWith("HTTP/1.1 200 "));
    }
  }

  @Test
  void tokenThatIsTooShortIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Guard(Optional.of("short"), true));
  }
}
