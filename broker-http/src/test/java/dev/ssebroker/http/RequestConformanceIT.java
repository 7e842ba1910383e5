package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.http.ResponseReader.Response;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The answers to the requests of {@code requests.txt}, row by row. */
class RequestConformanceIT {
  private static final Limits SMALL =
      Limits.builder()
          .requestLineBytes(1000)
          .headerBytes(2000)
          .headerCount(20)
          .bodyBytes(1000)
          .build();

  private static final Duration SHORT = Duration.ofMillis(400);

  private static final Pattern MARK =
      Pattern.compile("\\{(?:(?<text>[^{}]+)\\*(?<times>\\d+)|(?<word>100|end))}");

  private static final Broker BROKER = Broker.open();
  private static final Map<String, SseServer> SERVERS = new HashMap<>();

  @BeforeAll
  static void serversStart() throws IOException {
    SERVERS.put("plain", publishing().start());
    SERVERS.put("default limits", publishing().limits(Limits.DEFAULT).start());
    SERVERS.put("read-only", builder().start());
    SERVERS.put("handlers", handlers().start());
    SERVERS.put("any origin", publishing().cors(Cors.anyOrigin()).start());
    SERVERS.put(
        "some origins",
        builder()
            .cors(
                Cors.origins("https://a.example", "https://b.example:8443", "https://*.c.example"))
            .start());
    SERVERS.put(
        "impatient",
        publishing()
            .limits(SMALL.toBuilder().firstByte(SHORT).head(SHORT).body(SHORT).idle(SHORT).build())
            .start());
  }

  @AfterAll
  static void closeAndCheck() {
    SERVERS.values().forEach(SseServer::close);
    assertEquals(0, BROKER.clientCount());
    BROKER.close();
  }

  private static SseServer.Builder publishing() {
    return builder()
        .publishing("/topics/")
        .authorizer((request, access, topics) -> Permission.granted(topics));
  }

  private static SseServer.Builder handlers() {
    return publishing()
        .handle("GET", "/rooms/{room}", (request, body) -> room(request))
        .handle("GET", "/rooms/events", (request, body) -> Decision.stream("ticker"))
        .handle("POST", "/rooms/{room}", (request, body) -> Decision.stream("ticker"))
        .handle("PUT", "/rooms/{room}", (request, body) -> room(request).withStatus(201))
        .handle("PATCH", "/rooms/{room}", (request, body) -> room(request))
        .handle("DELETE", "/rooms/{room}", (request, body) -> Decision.answer(204))
        .handle("POST", "/posted", (request, body) -> Decision.answer("image/png", body));
  }

  private static Decision.Answer room(Request request) {
    return Decision.answer("text/plain;charset=utf-8", request.pathValue("room"))
        .withAdded("Set-Cookie", "a=1")
        .withAdded("Set-Cookie", "b=2");
  }

  private static SseServer.Builder builder() {
    return SseServer.builder(BROKER, RequestConformanceIT::decide).port(0).limits(SMALL);
  }

  private static Decision decide(Request request) {
    return switch (request.path()) {
      case "/events" -> Decision.stream("ticker");
      case "/page" -> Decision.answer("text/plain;charset=utf-8", "hello");
      case "/further" -> Decision.answer("text/plain;charset=utf-8", "kept");
      case "/broken" -> throw new IllegalStateException("a test's handler");
      default -> Decision.refuse(404);
    };
  }

  /** One line of the table. */
  record Row(int line, String server, String rule, String answers, String bytes, String fields) {
    @Override
    public String toString() {
      return "line %d, %s: %s".formatted(line, rule, answers);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void requestGetsTheAnswerOfItsRow(Row row) throws Exception {
    SseServer server = Objects.requireNonNull(SERVERS.get(row.server));
    try (Socket socket = new Socket(server.address().getAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      new Exchange(socket, row).play();
    }
  }

  @Test
  void tableHasRowsForEveryServer() throws Exception {
    List<Row> rows = rows();
    assertTrue(rows.size() >= 480, rows.size() + " rows");
    for (String server : SERVERS.keySet()) {
      assertTrue(rows.stream().anyMatch(row -> row.server.equals(server)), server);
    }
    long rules = rows.stream().map(row -> row.server + row.rule).distinct().count();
    assertEquals(rows.size(), rules, "two rows have the same name");
  }

  static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    String server = "";
    int number = 0;
    for (String line : table().lines().toList()) {
      number++;
      if (line.startsWith("[")) {
        server = line.substring(1, line.indexOf(']'));
      } else if (!line.isBlank() && !line.startsWith("#")) {
        String[] cells = (line + " | ").split("\\|", -1);
        assertTrue(cells[0].matches("(RFC \\d+|HTML|Fetch) §[\\d.]+ .+"), line);
        String fields = cells.length > 4 ? cells[3].strip() : "";
        rows.add(
            new Row(number, server, cells[0].strip(), cells[1].strip(), cells[2].strip(), fields));
      }
    }
    return rows;
  }

  private static String table() throws IOException {
    try (InputStream in = RequestConformanceIT.class.getResourceAsStream("requests.txt")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
    }
  }

  /** Plays one row on one connection. */
  private static final class Exchange {
    private final Socket socket;
    private final ResponseReader reader;
    private final Row row;
    private final List<String> expected;

    Exchange(Socket socket, Row row) throws IOException {
      this.socket = socket;
      this.reader = new ResponseReader(socket.getInputStream());
      this.row = row;
      this.expected = new ArrayList<>(List.of(row.answers.split(" ", -1)));
    }

    void play() throws IOException {
      speak();
      Optional<Response> last = Optional.empty();
      while (!expected.isEmpty()) {
        String status = expected.removeFirst();
        last = status.equals("-") ? silence() : answer(Integer.parseInt(status));
      }
      last.ifPresent(this::assertFields);
    }

    private void speak() throws IOException {
      Matcher mark = MARK.matcher(row.bytes);
      StringBuilder bytes = new StringBuilder();
      int end = 0;
      while (mark.find()) {
        bytes.append(unescape(row.bytes.substring(end, mark.start())));
        end = mark.end();
        if (mark.group("text") != null) {
          bytes.append(unescape(mark.group("text")).repeat(Integer.parseInt(mark.group("times"))));
        } else {
          send(bytes.toString());
          bytes.setLength(0);
          speakOf(mark.group("word"));
        }
      }
      send(bytes + unescape(row.bytes.substring(end)));
    }

    private void speakOf(String word) throws IOException {
      if (word.equals("end")) {
        socket.shutdownOutput();
      } else {
        assertEquals(word, expected.removeFirst());
        assertEquals(100, reader.answer(false).status());
      }
    }

    private void send(String bytes) throws IOException {
      if (!bytes.isEmpty()) {
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      }
    }

    private static String unescape(String text) {
      return text.replace("⏎", "\r\n").translateEscapes();
    }

    private Optional<Response> silence() throws IOException {
      assertEquals("close", expected.removeFirst());
      reader.assertEnd();
      return Optional.empty();
    }

    private Optional<Response> answer(int status) throws IOException {
      if (status < 200) {
        assertEquals(status, reader.answer(false).status());
        return Optional.empty();
      }
      boolean toHead = expected.getFirst().equals("head");
      if (toHead) {
        expected.removeFirst();
      }
      String fate = expected.removeFirst();
      Response response = fate.equals("stream") ? reader.stream() : reader.answer(toHead);
      assertEquals(status, response.status(), response::toString);
      assertEquals(!fate.equals("keep"), response.closes(), response::toString);
      if (fate.equals("close")) {
        reader.assertEnd();
      } else if (fate.equals("keep") && expected.isEmpty()) {
        assertKept();
      }
      return Optional.of(response);
    }

    /** A further request gets its answer, and no bytes come before or after that. */
    private void assertKept() throws IOException {
      send("GET /further HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      assertEquals("kept", reader.answer(false).body());
      reader.assertEnd();
    }

    private void assertFields(Response response) {
      for (String field : row.fields.split(";", -1)) {
        int colon = field.indexOf(':');
        String name = (colon < 0 ? field : field.substring(0, colon)).strip();
        if (name.startsWith("!")) {
          assertFalse(response.fields().containsKey(name.substring(1)), response::toString);
        } else if (colon >= 0) {
          String value = field.substring(colon + 1).strip();
          assertEquals(Optional.of(value), response.field(name), response::toString);
        } else if (!name.isEmpty()) {
          assertTrue(response.fields().containsKey(name), response::toString);
        }
      }
    }
  }
}
