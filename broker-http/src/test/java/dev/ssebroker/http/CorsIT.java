package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Fetch standard's CORS protocol. */
class CorsIT {
  private static final String PREFLIGHT_WITHOUT_A_LIST =
      """
      OPTIONS /events/a HTTP/1.1\r
      Host: a\r
      Access-Control-Request-Method: GET\r
      Access-Control-Request-Headers: a b\r
      """;

  private static final String APP = "https://app.example";

  private final Broker broker = Broker.open();

  @AfterEach
  void close() {
    broker.close();
  }

  private SseServer server(Cors cors) throws IOException {
    return SseServer.builder(broker, StreamHandler.topicsUnder("/events/"))
        .port(0)
        .cors(cors)
        .limits(Limits.builder().body(Duration.ofSeconds(1)).build())
        .authorizer((request, access, topics) -> Permission.granted(topics))
        .publishing("/events/")
        .start();
  }

  /** The fields about origins, which streams, answers, refusals and errors have alike. */
  private static List<Map<String, String>> fields(SseServer server, String origin)
      throws IOException {
    return List.of(
        fields(server, "GET /events/a HTTP/1.1\r\nHost: a\r\n", origin),
        fields(server, "GET /nowhere HTTP/1.1\r\nHost: a\r\n", origin),
        fields(server, "DELETE /events/a HTTP/1.1\r\nHost: a\r\n", origin));
  }

  private static Map<String, String> fields(SseServer server, String request, String origin)
      throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send(request + "Origin: " + origin + "\r\n\r\n");
      Map<String, String> fields = new TreeMap<>();
      client
          .readThrough("\r\n\r\n")
          .lines()
          .filter(line -> line.startsWith("Access-Control-") || line.equals("Vary: Origin"))
          .forEach(line -> fields.put(line.split(": ", 2)[0], line.split(": ", 2)[1]));
      return fields;
    }
  }

  @Test
  void listedOriginMaySendCredentials() throws Exception {
    try (SseServer server = server(Cors.origins(APP, "http://localhost:5173"))) {
      for (Map<String, String> fields : fields(server, APP)) {
        assertEquals(
            "{Access-Control-Allow-Credentials=true, Access-Control-Allow-Origin=https://app.example, Vary=Origin}",
            fields.toString());
      }
    }
  }

  /** A page that may not read the answer does not learn its status. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /events/a//b HTTP/1.1\r\nHost: a\r\n",
        "GET /events/a HTTP/1.1\r\n",
        "POST /events/a?retry=soon HTTP/1.1\r\nHost: a\r\n",
        "POST /events/a HTTP/1.1\r\nHost: a\r\nContent-Length: one\r\n",
        "POST /events/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n",
        "POST /events/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n",
        "PUT /events/a HTTP/1.1\r\nHost: a\r\n",
        "POST /events/a HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/mixed\r\n",
        "POST /events/a HTTP/1.1\r\nHost: a\r\nContent-Encoding: br\r\n",
        PREFLIGHT_WITHOUT_A_LIST,
      })
  void listedOriginMayReadErrors(String request) throws Exception {
    try (SseServer server = server(Cors.origins(APP))) {
      assertEquals(APP, fields(server, request, APP).get("Access-Control-Allow-Origin"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://app.example.evil",
        "http://app.example",
        "null",
        "https://app.example:444"
      })
  void otherOriginsAreNotAllowed(String origin) throws Exception {
    try (SseServer server = server(Cors.origins(APP))) {
      for (Map<String, String> fields : fields(server, origin)) {
        assertEquals("{Vary=Origin}", fields.toString());
      }
    }
  }

  @Test
  void anyOriginHasNoCredentials() throws Exception {
    try (SseServer server = server(Cors.anyOrigin())) {
      for (Map<String, String> fields : fields(server, APP)) {
        assertEquals("{Access-Control-Allow-Origin=*}", fields.toString());
      }
    }
  }

  @Test
  void noOriginIsAllowedByDefault() throws Exception {
    try (SseServer server = server(Cors.NONE)) {
      for (Map<String, String> fields : fields(server, APP)) {
        assertEquals("{}", fields.toString());
      }
    }
  }

  @Test
  void originMayBeNamedTwice() throws Exception {
    try (SseServer server = server(Cors.origins(APP, APP))) {
      String request = "GET /nowhere HTTP/1.1\r\nHost: a\r\n";
      assertEquals(APP, fields(server, request, APP).get("Access-Control-Allow-Origin"));
    }
  }

  @Test
  void preflightAllowsTheFieldsOfClients() throws Exception {
    try (SseServer server = server(Cors.origins(APP));
        RawClient client = new RawClient(server)) {
      client.send("OPTIONS /events/a HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n");
      client.send("Access-Control-Request-Method: POST\r\n");
      client.send("Access-Control-Request-Headers: authorization,last-event-id\r\n\r\n");
      String head = client.readThrough("\r\n\r\n");
      assertTrue(head.startsWith("HTTP/1.1 204 No Content\r\n"), head);
      assertTrue(head.contains("\r\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS, POST\r\n"));
      assertTrue(head.contains("\r\nAccess-Control-Allow-Origin: https://app.example\r\n"));
      assertTrue(head.contains("Authorization, "));
      assertTrue(head.contains("Last-Event-ID\r\n"));
      assertFalse(head.contains("Content-Length"));
    }
  }

  /** Tracing libraries add fields to the requests of a page without its knowledge. */
  @Test
  void preflightAllowsWhatThePageAsksFor() throws Exception {
    try (SseServer server = server(Cors.origins(APP))) {
      String head = preflight(server, "traceparent, X-Api-Key,,x-requested-with", "");
      assertTrue(
          head.contains(
              "\r\nAccess-Control-Allow-Headers: Accept, Authorization, Cache-Control,"
                  + " Content-Type, Event-Id, Event-Key, Event-Retry, Event-Type, Last-Event-ID,"
                  + " traceparent, X-Api-Key, x-requested-with\r\n"),
          head);
      assertTrue(
          head.contains(
              "\r\nVary: Access-Control-Request-Headers,"
                  + " Access-Control-Request-Private-Network\r\n"),
          head);
      assertTrue(head.contains("\r\nVary: Origin\r\n"), head);
      assertTrue(preflight(server, "a b", "").startsWith("HTTP/1.1 400 "));
      assertTrue(preflight(server, "a\u00ff", "").startsWith("HTTP/1.1 400 "));
    }
  }

  @Test
  void preflightAllowsNoMoreThanTheRestriction() throws Exception {
    try (SseServer server = server(Cors.anyOrigin().withAllowedHeaders("traceparent"))) {
      String head = preflight(server, "x-api-key", "");
      assertTrue(head.contains("Event-Type, Last-Event-ID, traceparent\r\n"), head);
      assertFalse(head.contains("x-api-key"), head);
    }
  }

  @Test
  void privateNetworkIsAllowedOnlyIfSetAndAskedForByAnAllowedOrigin() throws Exception {
    String asks = "Access-Control-Request-Private-Network: true\r\n";
    String allowed = "\r\nAccess-Control-Allow-Private-Network: true\r\n";
    try (SseServer open = server(Cors.origins(APP).withPrivateNetwork());
        SseServer other = server(Cors.origins("https://b.example").withPrivateNetwork());
        SseServer closed = server(Cors.origins(APP))) {
      assertTrue(preflight(open, "", asks).contains(allowed));
      assertFalse(preflight(open, "", "").contains("Private-Network: true"));
      assertFalse(preflight(other, "", asks).contains("Private-Network: true"));
      assertFalse(preflight(closed, "", asks).contains("Private-Network: true"));
    }
  }

  private static String preflight(SseServer server, String headers, String fields)
      throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send("OPTIONS /events/a HTTP/1.1\r\nHost: a\r\nOrigin: " + APP + "\r\n");
      client.send("Access-Control-Request-Method: POST\r\n" + fields);
      client.send("Access-Control-Request-Headers: " + headers + "\r\n\r\n");
      return client.readThrough("\r\n\r\n");
    }
  }

  @Test
  void exposedFieldsAreNamedInEveryAnswer() throws Exception {
    try (SseServer server = server(Cors.origins(APP).withExposedHeaders("Retry-After"))) {
      for (Map<String, String> fields : fields(server, APP)) {
        assertEquals("Retry-After", fields.get("Access-Control-Expose-Headers"));
      }
      broker.close();
      String post = "POST /events/a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n";
      assertEquals("Retry-After", fields(server, post, APP).get("Access-Control-Expose-Headers"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "null",
        "app.example",
        "https://app.example/",
        "HTTPS://app.example",
        "https://"
      })
  void textThatIsNotAnOriginIsRefused(String origin) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Cors.origins(APP, origin));
    String start = "origin is '" + origin + "'; allowed is scheme://host";
    assertTrue(String.valueOf(e.getMessage()).startsWith(start), e.getMessage());
  }
}
