package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.EventLog;
import dev.ssebroker.MemoryLog;
import dev.ssebroker.Overflow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublishingIT {
  private static final String TOKEN = "a-secret-of-sixteen";

  /** One event per line, a format that only this test uses. */
  private record Lines(Set<String> mediaTypes) implements BodyFormat {
    Lines(String... mediaTypes) {
      this(Set.of(mediaTypes));
    }

    @Override
    public List<Event> read(byte[] body) {
      String text = new String(body, StandardCharsets.UTF_8);
      if (text.contains("bad")) {
        throw new IllegalArgumentException("line 1 is bad");
      }
      if (text.contains("bug")) {
        throw new IllegalStateException("a test's format");
      }
      return text.lines().map(Event::of).toList();
    }
  }

  private final Broker broker = Broker.builder().overflow(Overflow.DISCONNECT).open();
  private final SseServer server = server(broker);

  PublishingIT() throws IOException {}

  private static SseServer server(Broker broker) throws IOException {
    return SseServer.builder(broker, StreamHandler.topicsUnder("/topics/"))
        .port(0)
        .limits(Limits.builder().bodyBytes(1000).build())
        .authorizer(Authorizer.bearer(TOKEN, Access.PUBLISH))
        .publishing("/topics/")
        .bodyFormat(new Lines("text/lines"))
        .start();
  }

  @AfterEach
  void closeAndCheck() {
    assertTrue(server.close(SseServer.DEFAULT_DRAIN));
    broker.close();
    assertEquals(0, broker.clientCount());
  }

  private String post(String target, String fields, String body) throws IOException {
    return post(server, target, fields, body);
  }

  private static String post(SseServer server, String target, String fields, String body)
      throws IOException {
    try (RawClient client = new RawClient(server)) {
      int length = body.getBytes(StandardCharsets.ISO_8859_1).length;
      client.send(
          "POST "
              + target
              + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: "
              + length
              + "\r\nAuthorization: Bearer "
              + TOKEN
              + "\r\n"
              + fields
              + "\r\n"
              + body);
      return client.readToEnd();
    }
  }

  private static String body(String answer) {
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  @Test
  void bodyIsTheDataAndTheAnswerIsTheReceipt() throws Exception {
    try (RawClient client = new RawClient(server).get("/topics/news/sport").awaitStream()) {
      String answer = post("/topics/news/sport?type=goal&retry=1500", "", "1:0\nin the 3rd");

      assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
      assertTrue(answer.contains("\r\nContent-Type: application/json\r\n"), answer);
      String receipt = body(answer);
      assertTrue(
          receipt.matches("\\{\"id\":\"[^\"]+-1\",\"queued\":1,\"replaying\":0,\"dropped\":0}\n"),
          receipt);
      String id = receipt.replaceAll("\\{\"id\":\"([^\"]+)\".*\n", "$1");
      String chunk = client.readThrough("\n\n");
      assertTrue(
          chunk.endsWith(
              "event: goal\nretry: 1500\ndata: 1:0\ndata: in the 3rd\nid: " + id + "\n\n"),
          chunk);
    }
  }

  @Test
  void eventIsRefusedWhileTheSharedLogIsUnavailable() throws Exception {
    EventLog log = new MemoryLog(10).join();
    try (Broker sharing = Broker.builder().log(log).open();
        SseServer front = server(sharing)) {
      log.close();

      String answer = post(front, "/topics/t", "", "x");

      assertTrue(answer.startsWith("HTTP/1.1 503 Service Unavailable\r\n"), answer);
      assertTrue(answer.contains("\r\nRetry-After: 1\r\n"), answer);
      assertEquals("503 the log is closed; nothing was stored\n", body(answer));
    }
  }

  @Test
  void attributesMayBeHeaderFields() throws Exception {
    try (RawClient client = new RawClient(server).get("/topics/a%20b/%C3%BC")) {
      assertTrue(client.readThrough("\r\n\r\n").startsWith("HTTP/1.1 400 "), "a space in a name");
    }
    try (RawClient client = new RawClient(server).get("/topics/%C3%BC").awaitStream()) {
      post("/topics/%c3%bc", "Event-Type: t\r\nEvent-Key: k\r\nEvent-Retry: 7\r\n", "\u00c3\u00bc");
      assertTrue(client.readThrough("\n\n").contains("event: t\nretry: 7\ndata: ü\n"));
    }
  }

  /** RFC 9110 §5.5. */
  @Test
  void headerFieldsAreUtf8OrElseLatin1() throws Exception {
    try (RawClient client = new RawClient(server).get("/topics/t").awaitStream()) {
      post("/topics/t", "Event-Type: gr\u00c3\u00bc\u00c3\u009f\r\n", "a");
      assertTrue(client.readThrough("\n\n").contains("event: grüß\ndata: a\n"));
      post("/topics/t", "Event-Type: gr\u00fc\u00df\r\n", "b");
      assertTrue(client.readThrough("\n\n").contains("event: grüß\ndata: b\n"));
    }
  }

  @Test
  void clientsResumeByThePublishersId() throws Exception {
    assertTrue(body(post("/topics/t?id=order-17", "", "x")).startsWith("{\"id\":\"order-17\","));
    String again = post("/topics/t", "Event-Id: order-17\r\n", "x");
    assertTrue(again.startsWith("HTTP/1.1 409 Conflict\r\n"), again);
    assertEquals("409 id 'order-17' was published before\n", body(again));
    post("/topics/t", "Event-Id: order-18\r\n", "y");
    try (RawClient client =
        new RawClient(server).get("/topics/t?lastEventId=order-17").awaitStream()) {
      assertTrue(client.readThrough("\n\n").endsWith("\r\ndata: y\nid: order-18\n\n"));
    }
  }

  @Test
  void bodyFormatMayReadManyEvents() throws Exception {
    try (RawClient client = new RawClient(server).get("/topics/t").awaitStream()) {
      String answer = post("/topics/t", "Content-Type: Text/Lines; charset=utf-8\r\n", "1\n2\n3\n");
      assertEquals(3, body(answer).split("\\},\\{", -1).length);
      client.readThrough("data: 1\n");
      client.readThrough("data: 2\n");
      client.readThrough("data: 3\n");
    }
    assertEquals("[]\n", body(post("/topics/t", "Content-Type: text/lines\r\n", "")));
  }

  /** One event per line, whose data is its id. */
  private record Ids() implements BodyFormat {
    @Override
    public Set<String> mediaTypes() {
      return Set.of("text/ids");
    }

    @Override
    public List<Event> read(byte[] body) {
      String text = new String(body, StandardCharsets.UTF_8);
      return text.lines().map(id -> Event.of(id).withId(id)).toList();
    }
  }

  @Test
  void refusedIdOfABatchIsNamedByTheNumberOfItsEvent() throws Exception {
    try (SseServer front = publishing(new Ids())) {
      String fields = "Content-Type: text/ids\r\n";
      String first = post(front, "/topics/t", fields, "a");
      assertTrue(first.startsWith("HTTP/1.1 200 "), first);
      String own = broker.publish("t", Event.of("x")).id();

      String before = post(front, "/topics/t", fields, "b\na\nc");
      String alone = post(front, "/topics/t", fields, "a");
      String twice = post(front, "/topics/t", fields, "b\nc\nb");
      String alike = post(front, "/topics/t", fields, "b\n" + own);

      assertTrue(before.startsWith("HTTP/1.1 409 Conflict\r\n"), before);
      assertEquals("409 event 2: id 'a' was published before\n", body(before));
      assertEquals("409 event 1: id 'a' was published before\n", body(alone));
      assertEquals("400 event 3: id 'b' is used twice\n", body(twice));
      assertEquals(
          "400 event 2: id '" + own + "' looks like one of the broker's own\n", body(alike));
      assertEquals(2, broker.stats().events().published());
    }
  }

  private SseServer publishing(BodyFormat format) throws IOException {
    return SseServer.builder(broker, StreamHandler.topicsUnder("/topics/"))
        .port(0)
        .authorizer(Authorizer.bearer(TOKEN, Access.PUBLISH))
        .publishing("/topics/")
        .bodyFormat(format)
        .start();
  }

  private static String gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  @Test
  void gzipBodyIsDecoded() throws Exception {
    try (RawClient client = new RawClient(server).get("/topics/t").awaitStream()) {
      post("/topics/t", "Content-Encoding: gzip\r\n", gzip("one") + gzip(" body"));
      post("/topics/t", "Content-Encoding: identity, X-GZIP\r\n", gzip("old name"));
      post("/topics/t", "Content-Encoding: identity\r\n", "plain");
      post("/topics/t", "Content-Encoding: gzip\r\nContent-Type: text/lines\r\n", gzip("1\n2"));

      client.readThrough("data: one body\n");
      client.readThrough("data: old name\n");
      client.readThrough("data: plain\n");
      client.readThrough("data: 1\n");
      client.readThrough("data: 2\n");
    }
  }

  @Test
  void gzipBodyIsBoundedAfterDecoding() throws Exception {
    String field = "Content-Encoding: gzip\r\n";
    String large = post("/topics/t", field, gzip("x".repeat(1001)));
    String broken = post("/topics/t", field, "hello");

    assertTrue(large.startsWith("HTTP/1.1 413 "), large);
    assertTrue(broken.startsWith("HTTP/1.1 400 "), broken);
    assertEquals("400 the body is not valid gzip\n", body(broken));
    assertEquals(0, broker.stats().events().published());
  }

  /** RFC 9110 §12.5.3: Accept-Encoding is in a 415 about codings, and in no other. */
  @Test
  void acceptEncodingIsInTheAnswerToAnotherContentCoding() throws Exception {
    String coding = post("/topics/t", "Content-Encoding: br\r\n", "x");
    String charset = post("/topics/t", "Content-Type: text/plain;charset=latin1\r\n", "x");

    assertTrue(coding.startsWith("HTTP/1.1 415 "), coding);
    assertTrue(coding.contains("\r\nAccept-Encoding: gzip\r\n"), coding);
    assertTrue(charset.startsWith("HTTP/1.1 415 "), charset);
    assertFalse(charset.contains("Accept-Encoding"), charset);
  }

  @Test
  void byteOrderMarkIsNotData() throws Exception {
    try (RawClient client = new RawClient(server).get("/topics/t").awaitStream()) {
      post("/topics/t", "", "\u00ef\u00bb\u00bfmarked");
      assertTrue(post("/topics/t", "", "not \u00ef\u00bb\u00bffirst").startsWith("HTTP/1.1 200 "));
      client.readThrough("data: marked\n");
      client.readThrough("data: not \uFEFFfirst\n");
    }
  }

  /** curl's -d sends this type unless another one is named. */
  @Test
  void formIsTheDataAsItIs() throws Exception {
    try (RawClient client = new RawClient(server).get("/topics/t").awaitStream()) {
      post("/topics/t", "Content-Type: application/x-www-form-urlencoded\r\n", "a=b%20c+d");
      client.readThrough("data: a=b%20c+d\n");
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "/topics/t?id=a%20b| ''                                   | x        | 400 | id is 'a b'; allowed are",
        "/topics/t?retry=1s| ''                                   | x        | 400 | retry: allowed is",
        "/topics/t?type=a%0Ab | ''                                | x        | 400 | type",
        "/topics/t//u      | ''                                   | x        | 400 | topic",
        "/topics/          | ''                                   | x        | 404 | Not Found",
        "/elsewhere        | ''                                   | x        | 405 | allowed here: GET, HEAD, OPTIONS",
        "/topics/t         | 'Content-Type: application/json\r\n' | {}       | 415 | allowed are [text/lines]",
        "/topics/t         | 'Content-Type: text/lines\r\n'       | bad      | 400 | line 1 is bad",
        "/topics/t         | 'Content-Type: text/lines\r\n'       | bug      | 500 | 500 Internal Server Error",
        "/topics/t         | ''                                   | '\u00ff' | 400 | the body is not UTF-8",
        "/topics/t         | 'Content-Type: text/plain;charset=utf-16\r\n' | x | 415 | allowed charsets are UTF-8 and US-ASCII",
        "/topics/t         | 'Content-Type: text/lines;charset=latin1\r\n' | x | 415 | allowed charsets are",
        "/topics/t         | 'Content-Type: multipart/form-data;boundary=b\r\n' | x | 415 | any type except JSON and multipart",
        "/topics/t         | 'Content-Encoding: br\r\n'           | x        | 415 | no content coding but gzip",
        "/topics/t         | 'Content-Encoding: gzip, gzip\r\n'   | x        | 415 | no content coding but gzip",
      })
  void invalidEventIsRefusedWithTheReason(
      String target, String fields, String body, int status, String reason) throws Exception {
    String answer = post(target, fields, body);
    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    assertTrue(body(answer).contains(reason), answer);
    assertEquals(0, broker.stats().events().published());
  }

  @Test
  void publisherWithoutTheTokenIsRefusedBeforeItSendsTheBody() throws Exception {
    for (String authorization :
        List.of(
            "", "Authorization: Bearer a-secret-of-sixtee\r\n", "Authorization: Basic eA==\r\n")) {
      try (RawClient client = new RawClient(server)) {
        client.send(
            "POST /topics/t HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"
                + authorization
                + "\r\n");
        String answer = client.readToEnd();
        assertTrue(answer.startsWith("HTTP/1.1 401 Unauthorized\r\n"), answer);
        assertTrue(answer.contains("\r\nWWW-Authenticate: Bearer\r\n"), answer);
        assertTrue(answer.contains("\r\nConnection: close\r\n"), answer);
      }
    }
    assertEquals(0, broker.stats().events().published());
  }

  @Test
  void publisherWithTheTokenReceivesContinue() throws Exception {
    try (RawClient client = new RawClient(server)) {
      client.send(
          "POST /topics/t HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n"
              + "Transfer-Encoding: chunked\r\nAuthorization: bearer "
              + TOKEN
              + "\r\n\r\n");
      assertEquals("HTTP/1.1 100 Continue\r\n\r\n", client.readThrough("\r\n\r\n"));
      client.send("1\r\nx\r\n2;a=b\r\nyz\r\n0\r\nA: b\r\n\r\n");
      assertTrue(client.readToEnd().startsWith("HTTP/1.1 200 OK\r\n"));
    }
    assertEquals(1, broker.stats().events().published());
  }

  /**
   * A request for events is refused with the status too: a soft refusal would look like success.
   */
  @ParameterizedTest
  @ValueSource(strings = {"", "Accept: text/event-stream\r\n"})
  void closedBrokerRefusesEvents(String fields) throws Exception {
    broker.close();
    String answer = post("/topics/t", fields, "x");
    assertTrue(answer.startsWith("HTTP/1.1 503 "), answer);
    assertTrue(answer.contains("\r\nRetry-After: "), answer);
  }

  /** Some languages use other digits, which JSON does not allow (RFC 8259 §6). */
  @Test
  void receiptIsTheSameInEveryLanguage() throws Exception {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      String receipt = body(post("/topics/t?id=order-17", "", "x"));
      assertEquals("{\"id\":\"order-17\",\"queued\":0,\"replaying\":0,\"dropped\":0}\n", receipt);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void allowedMediaTypesAreListedInOrder() throws Exception {
    try (SseServer many =
        SseServer.builder(broker, StreamHandler.topicsUnder("/topics/"))
            .port(0)
            .authorizer((request, access, topics) -> Permission.granted(topics))
            .publishing("/topics/")
            .bodyFormat(
                new Lines("text/x", "audio/mpeg", "a/b", "video/ogg", "image/gif", "font/woff"))
            .start()) {
      String answer = post(many, "/topics/t", "Content-Type: a/json\r\n", "{}");
      assertTrue(
          body(answer).contains("[a/b, audio/mpeg, font/woff, image/gif, text/x, video/ogg]"),
          answer);
    }
  }
}
