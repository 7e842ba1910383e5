package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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

class PostHandlerIT {
  private final Broker broker = Broker.open();
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final SseServer server;

  PostHandlerIT() throws IOException {
    server =
        SseServer.builder(broker, request -> Decision.refuse(404))
            .port(0)
            .cors(Cors.anyOrigin())
            .limits(Limits.builder().bodyBytes(100).build())
            .authorizer((request, access, topics) -> Permission.refused(401))
            .publishing("/topics/")
            .post("/echo", this::echo)
            .post("/topics/own", this::echo)
            .post("/broken", (request, body) -> broken())
            .post("/nothing", (request, body) -> nothing())
            .start();
  }

  private Decision.Answer echo(Request request, byte[] body) {
    String text = new String(body, ISO_8859_1);
    bodies.add(text);
    return Decision.answer("text/plain", text + " " + request.parameters("a"));
  }

  private static Decision.Answer broken() {
    throw new IllegalStateException("a test's handler");
  }

  /** Returns null, as a handler with a forgotten case may. */
  @SuppressWarnings("NullAway")
  private static Decision.Answer nothing() {
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

  @ParameterizedTest
  @CsvSource({
    "/echo, 'GET, HEAD, OPTIONS, POST'",
    "/elsewhere, 'GET, HEAD, OPTIONS'",
    "*, 'GET, HEAD, OPTIONS, POST'"
  })
  void optionsListPost(String target, String allowed) throws Exception {
    String answer =
        answer("OPTIONS " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertTrue(answer.startsWith("HTTP/1.1 204 "), answer);
    assertTrue(answer.contains("\r\nAllow: " + allowed + "\r\n"), answer);
  }

  @Test
  void preflightAllowsPost() throws Exception {
    String fields = "Origin: http://b\r\nAccess-Control-Request-Method: POST\r\n\r\n";
    String answer = answer("OPTIONS /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields);

    assertTrue(
        answer.contains("\r\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS, POST\r\n"), answer);
    assertTrue(answer.contains("\r\nAccess-Control-Allow-Origin: *\r\n"), answer);
  }

  @Test
  void otherMethodsAreNotAllowed() throws Exception {
    String answer = answer("DELETE /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertTrue(answer.startsWith("HTTP/1.1 405 "), answer);
    assertTrue(answer.contains("\r\nAllow: GET, HEAD, OPTIONS, POST\r\n"), answer);
  }

  @Test
  void getGoesToTheStreamHandler() throws Exception {
    try (RawClient client = new RawClient(server).get("/echo")) {
      assertTrue(client.readToEnd().startsWith("HTTP/1.1 404 "));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "echo", "/a b", "/a?b", "/a#b", "*", "/ü"})
  void textThatIsNotAPathIsRefused(String path) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                SseServer.builder(broker, request -> Decision.refuse(404)).post(path, this::echo));

    assertTrue(String.valueOf(e.getMessage()).startsWith("path is '" + path + "'; allowed"));
  }
}
