package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHandlerIT {
  private final Broker broker = Broker.open();
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final SseServer server;

  RequestHandlerIT() throws IOException {
    server =
        SseServer.builder(broker, request -> Decision.refuse(404))
            .port(0)
            .cors(Cors.anyOrigin())
            .limits(Limits.builder().bodyBytes(100).build())
            .authorizer((request, access, topics) -> Permission.refused(401))
            .publishing("/topics/")
            .health()
            .handle("POST", "/echo", this::echo)
            .handle("POST", "/topics/own", this::echo)
            .handle("POST", "/broken", (request, body) -> broken())
            .handle("POST", "/nothing", (request, body) -> nothing())
            .handle("POST", "/healthz", this::echo)
            .handle("PUT", "/topics/{topic}", this::echo)
            .handle("GET", "/rooms/new", (request, body) -> Decision.answer("text/plain", "form"))
            .handle("DELETE", "/rooms/{room}", (request, body) -> Decision.answer(204))
            .handle("PATCH", "/rooms/{room}", this::echo)
            .start();
  }

  private Decision echo(Request request, byte[] body) {
    String text = new String(body, ISO_8859_1);
    bodies.add(text);
    return Decision.answer("text/plain", text + " " + request.parameters("a"));
  }

  private static Decision broken() {
    throw new IllegalStateException("a test's handler");
  }

  /** Returns null, as a handler with a forgotten case may. */
  @SuppressWarnings("NullAway")
  private static Decision nothing() {
    return null;
  }

  @AfterEach
  void closeAndCheck() {
    assertTrue(server.close(SseServer.DEFAULT_DRAIN));
    broker.close();
  }

  private String answer(String request) throws IOException {
    try (RawClient client = new RawClient(server)) {
      return client.send(request).readToEnd();
    }
  }

  private String post(String target, String body) throws IOException {
    return answer(
        "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(target, body.length(), body));
  }

  /** The handler sees the field, and receives the decoded body. */
  @Test
  void gzipBodyIsDecodedForTheHandler() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write("hello".getBytes(ISO_8859_1));
    }
    String body = bytes.toString(ISO_8859_1);
    String head = "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Encoding: %s\r\n";
    String length = "Content-Length: " + body.length() + "\r\n\r\n";

    String decoded = answer(head.formatted("gzip") + length + body);
    String refused = answer(head.formatted("br") + length + body);

    assertTrue(decoded.endsWith("\r\n\r\nhello []"), decoded);
    assertTrue(refused.startsWith("HTTP/1.1 415 "), refused);
    assertEquals(List.of("hello"), bodies);
  }

  @ParameterizedTest(name = "POST {0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "/echo?a=1   | hello | 200 OK                    | hello [1]",
        "/echo       | ''    | 200 OK                    | ' []'",
        "/topics/own | x     | 200 OK                    | x []",
        "/topics/t   | x     | 401 Unauthorized          | 401 Unauthorized",
        "/echo/      | x     | 405 Method Not Allowed    | 405 allowed here: GET, HEAD, OPTIONS",
        "/Echo       | x     | 405 Method Not Allowed    | 405 allowed here: GET, HEAD, OPTIONS",
        "/broken     | x     | 500 Internal Server Error | 500 Internal Server Error",
        "/nothing    | x     | 500 Internal Server Error | 500 Internal Server Error",
      })
  void handlerAnswersItsExactPathOnly(String target, String body, String status, String text)
      throws Exception {
    String answer = post(target, body);

    assertTrue(answer.startsWith("HTTP/1.1 " + status + "\r\n"), answer);
    String end = "\r\n\r\n" + text + (text.startsWith(status.substring(0, 3)) ? "\n" : "");
    assertTrue(answer.endsWith(end), answer);
  }

  @Test
  void bodyMayArriveInChunksAndTheConnectionStaysOpen() throws Exception {
    try (RawClient client = new RawClient(server)) {
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.send("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
      client.readThrough("\r\n\r\nabc []");
      client.get("/elsewhere");
      assertTrue(client.readToEnd().startsWith("HTTP/1.1 404 "));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Content-Length: 101\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n65\r\n"})
  void bodyThatIsTooLargeNeverReachesTheHandler(String rest) throws Exception {
    String answer = answer("POST /echo HTTP/1.1\r\nHost: a\r\n" + rest);

    assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
    assertEquals(List.of(), bodies);
  }

  @Test
  void clientThatExpectsContinueReceivesIt() throws Exception {
    try (RawClient client = new RawClient(server)) {
      client.send(
          "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
      assertEquals("HTTP/1.1 100 Continue\r\n\r\n", client.readThrough("\r\n\r\n"));
      client.send("x").readThrough("x []");
    }
  }

  /** RFC 9110 §9.3.7, §10.2.1 and §15.5.6. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "OPTIONS | /echo       | 204 | OPTIONS, POST",
        "GET     | /echo       | 405 | OPTIONS, POST",
        "HEAD    | /echo       | 405 | OPTIONS, POST",
        "DELETE  | /echo       | 405 | OPTIONS, POST",
        "TRACE   | /echo       | 405 | OPTIONS, POST",
        "OPTIONS | /rooms/7    | 204 | DELETE, OPTIONS, PATCH",
        "GET     | /rooms/7    | 405 | DELETE, OPTIONS, PATCH",
        "PUT     | /rooms/7    | 405 | DELETE, OPTIONS, PATCH",
        "DELETE  | /rooms/7    | 204 | ''",
        "PATCH   | /rooms/7    | 200 | ''",
        "OPTIONS | /rooms/new  | 204 | DELETE, GET, HEAD, OPTIONS, PATCH",
        "GET     | /rooms/new  | 200 | ''",
        "HEAD    | /rooms/new  | 200 | ''",
        "POST    | /rooms/new  | 405 | DELETE, GET, HEAD, OPTIONS, PATCH",
        "DELETE  | /rooms/new  | 204 | ''",
        "OPTIONS | /topics/own | 204 | OPTIONS, POST, PUT",
        "GET     | /topics/own | 405 | OPTIONS, POST, PUT",
        "PUT     | /topics/own | 200 | ''",
        "OPTIONS | /topics/a/b | 204 | GET, HEAD, OPTIONS, POST",
        "PUT     | /topics/a/b | 405 | GET, HEAD, OPTIONS, POST",
        "OPTIONS | /healthz    | 204 | GET, HEAD, OPTIONS, POST",
        "GET     | /healthz    | 200 | ''",
        "POST    | /healthz    | 200 | ''",
        "PUT     | /healthz    | 405 | GET, HEAD, OPTIONS, POST",
        "OPTIONS | /readyz     | 204 | GET, HEAD, OPTIONS",
        "OPTIONS | /elsewhere  | 204 | GET, HEAD, OPTIONS",
        "GET     | /elsewhere  | 404 | ''",
        "PUT     | /elsewhere  | 405 | GET, HEAD, OPTIONS",
        "OPTIONS | *           | 204 | DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
      })
  void allowedAreTheMethodsThatThePathHas(String method, String target, int status, String allowed)
      throws Exception {
    String answer =
        answer(method + " " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    String field = allowed.isEmpty() ? "" : "\r\nAllow: " + allowed + "\r\n";
    assertTrue(answer.contains(field), answer);
  }

  @Test
  void preflightAllowsTheMethodsOfThePath() throws Exception {
    String fields = "Origin: http://b\r\nAccess-Control-Request-Method: PATCH\r\n\r\n";
    String answer =
        answer("OPTIONS /rooms/7 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields);

    assertTrue(
        answer.contains("\r\nAccess-Control-Allow-Methods: DELETE, OPTIONS, PATCH\r\n"), answer);
    assertTrue(answer.contains("\r\nAccess-Control-Allow-Origin: *\r\n"), answer);
  }

  /** A handler that forgets a name learns it from the log; its client gets no part of it. */
  @Test
  void handlerMayNotAskForANameThatThePatternDoesNotHave() throws Exception {
    try (SseServer other =
            SseServer.builder(broker, request -> Decision.refuse(404))
                .port(0)
                .handle(
                    "GET",
                    "/rooms/{room}",
                    (request, body) -> Decision.answer("text/plain", request.pathValue("rooms")))
                .start();
        RawClient client = new RawClient(other).get("/rooms/7")) {
      assertTrue(client.readToEnd().endsWith("\r\n\r\n500 Internal Server Error\n"));
    }
  }
}
