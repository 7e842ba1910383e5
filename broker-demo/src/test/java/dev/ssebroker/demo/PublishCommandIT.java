package dev.ssebroker.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Sink;
import dev.ssebroker.http.Access;
import dev.ssebroker.http.Authorizer;
import dev.ssebroker.http.Limits;
import dev.ssebroker.http.Permission;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.http.StreamHandler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class PublishCommandIT {
  private static final String TOKEN = "sixteen-or-more-characters";

  private final Broker broker = Broker.open();

  private final FakeTerminal.Lines stream = new FakeTerminal.Lines();

  @AfterEach
  void closeBroker() {
    broker.close();
  }

  @Test
  void linesArePublishedInOrderWithoutEmptyOnes() throws Exception {
    broker.subscribe("news/sport", Sink.of(stream));
    try (SseServer server = server(0, "127.0.0.1", anyone())) {
      FakeTerminal shell = FakeTerminal.of("one\n\ntwo ü\r\n\r\n  three  ");

      assertEquals(0, publish(shell, server, "--topic", "news/sport", "--type", "a&b c"));
      assertSummary(
          "Published 3 events to 'news/sport' in [0-9.]+ s, for 3 deliveries; the last one for 1 client",
          shell);
      assertEquals("", shell.err.text());
      assertEquals(List.of("one", "two ü", "  three  "), data(3));
      assertTrue(stream.text().contains("event: a&b c\n"), stream.text());
    }
  }

  @Test
  void fileIsPublished(@TempDir Path directory) throws Exception {
    broker.subscribe("news", Sink.of(stream));
    Path file = Files.writeString(directory.resolve("lines.txt"), "a\nb\n");
    try (SseServer server = server(0, "127.0.0.1", anyone())) {
      FakeTerminal shell = FakeTerminal.of("not this");

      assertEquals(0, publish(shell, server, "--topic", "news", file.toString()));
      assertEquals(List.of("a", "b"), data(2));
    }
  }

  static Stream<String> addressesOfLocalhost() throws IOException {
    return Arrays.stream(InetAddress.getAllByName("localhost")).map(InetAddress::getHostAddress);
  }

  @ParameterizedTest
  @MethodSource("addressesOfLocalhost")
  void localhostIsFoundOnEveryAddress(String address) throws Exception {
    try (SseServer server = server(0, address, anyone())) {
      FakeTerminal shell = FakeTerminal.of("a\n");

      assertEquals(0, shell.run("publish", "--topic=x", "--url=localhost:" + server.port()));
      assertEquals("", shell.err.text());
    }
  }

  @Test
  void environmentVariablesAreUsed() throws Exception {
    try (SseServer server = server(0, "127.0.0.1", Authorizer.bearer(TOKEN, Access.PUBLISH))) {
      FakeTerminal shell =
          new FakeTerminal(
              Map.of(
                  "SSE_BROKER_URL",
                  "127.0.0.1:" + server.port(),
                  "SSE_BROKER_TOPIC",
                  "news",
                  "SSE_BROKER_TOKEN",
                  TOKEN),
              new ByteArrayInputStream("a".getBytes(UTF_8)),
              time -> {});

      assertEquals(0, shell.run("publish"));
      assertSummary(
          "Published 1 event to 'news' in [0-9.]+ s, for 0 deliveries; the last one for 0 clients",
          shell);
    }
  }

  @Test
  void lineIsPublishedWhileThePipeIsStillOpen() throws Exception {
    broker.subscribe("news", Sink.of(stream));
    PipedOutputStream pipe = new PipedOutputStream();
    InputStream in = new PipedInputStream(pipe);
    try (SseServer server = server(0, "127.0.0.1", anyone())) {
      FakeTerminal shell = new FakeTerminal(Map.of(), in, time -> {});
      CompletableFuture<Integer> exit =
          CompletableFuture.supplyAsync(
              () -> publish(shell, server, "--topic", "news"),
              task -> Thread.ofVirtual().start(task));
      pipe.write("first\nsec".getBytes(UTF_8));
      pipe.flush();
      assertEquals(List.of("first"), data(1));
      pipe.write("ond\n".getBytes(UTF_8));
      pipe.flush();
      assertEquals(List.of("second"), data(1));
      pipe.close();
      assertEquals(0, exit.get());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | '' | the server requires a token (401); set SSE_BROKER_TOKEN or --token",
        "401 | wrong-token | the server does not accept this token (401); check SSE_BROKER_TOKEN or --token",
        "403 | '' | publishing to 'news' is not allowed (403); try another --topic, or give a --token",
        "403 | wrong-token | publishing to 'news' is not allowed (403); try another --topic or --token",
      })
  void refusalIsReportedInOneLineWithAdvice(int status, String token, String line)
      throws Exception {
    Authorizer authorizer =
        (request, access, topics) ->
            request.headers().first("Event-Id").isPresent()
                ? Permission.granted(topics)
                : Permission.refused(status);
    try (SseServer server = server(0, "127.0.0.1", authorizer)) {
      FakeTerminal shell =
          new FakeTerminal(
              Map.of("SSE_BROKER_TOKEN", token),
              new ByteArrayInputStream("\na\nb\n".getBytes(UTF_8)),
              time -> {});

      assertEquals(1, publish(shell, server, "--topic", "news"));
      assertEquals(List.of("Line 2: " + line), shell.err.list());
      assertSummary("Published 0 events to 'news' in [0-9.]+ s", shell);
    }
  }

  @Test
  void refusedLineIsReportedWithItsNumber() throws Exception {
    try (SseServer server = server(0, "127.0.0.1", anyone())) {
      FakeTerminal broken =
          new FakeTerminal(
              Map.of(), new ByteArrayInputStream(new byte[] {'a', '\n', (byte) 0xff}), time -> {});
      assertEquals(1, publish(broken, server, "--topic", "news"));
      assertEquals(
          List.of("Line 2: the server refused it: 400 the body is not UTF-8"), broken.err.list());
      assertTrue(broken.out.text().startsWith("Published 1 event "), broken.out::text);

      FakeTerminal large = FakeTerminal.of("x".repeat(2001));
      assertEquals(1, publish(large, server, "--topic", "news"));
      assertEquals(
          List.of(
              "Line 1: its 2001 bytes exceed the limit of the server (413); split it, or start the"
                  + " server with a larger --max-body"),
          large.err.list());

      FakeTerminal elsewhere = FakeTerminal.of("x");
      String url = "http://127.0.0.1:" + server.port() + "/no";
      assertEquals(1, elsewhere.run("publish", "--topic", "a/b", "--url", url));
      assertEquals(
          List.of(
              "Line 1: "
                  + url
                  + "/publish/a/b does not accept events (405); check --url, and whether the server"
                  + " lets clients publish"),
          elsewhere.err.list());
    }
  }

  @Test
  void serverThatStartsLaterIsAwaited() throws Exception {
    broker.subscribe("news", Sink.of(stream));
    int port = freePort();
    AtomicReference<SseServer> started = new AtomicReference<>();
    FakeTerminal shell =
        new FakeTerminal(
            Map.of(),
            new ByteArrayInputStream("a".getBytes(UTF_8)),
            time -> {
              if (started.get() == null) {
                started.set(server(port, "127.0.0.1", anyone()));
              }
            });
    assertEquals(0, shell.run("publish", "--topic=news", "--url=127.0.0.1:" + port));
    started.get().close();

    assertEquals(List.of("a"), data(1));
    assertEquals(1, shell.pauses.size());
    String line = shell.err.list().getFirst();
    assertTrue(line.matches("Line 1: .*[Cc]onnect.*\\. Retrying in \\d+ms"), line);
  }

  @Test
  void retriesAreBoundedAndTheirDelaysGrow() throws Exception {
    FakeTerminal shell = FakeTerminal.of("a");

    assertEquals(
        1, shell.run("publish", "--topic=news", "--url=127.0.0.1:" + freePort(), "--retries=4"));
    assertEquals(Stream.of(125, 250, 500, 1000).map(Duration::ofMillis).toList(), shell.pauses);
    String last = shell.err.list().getLast();
    assertTrue(last.endsWith("Gave up after 5 attempts"), last);
  }

  @Test
  void commandWithIdsCanBeRunAgain() throws Exception {
    broker.subscribe("news", Sink.of(stream));
    try (SseServer server = server(0, "127.0.0.1", anyone())) {
      FakeTerminal first = FakeTerminal.of("a\nb\n");
      FakeTerminal second = FakeTerminal.of("a\nb\nc\n");

      assertEquals(0, publish(first, server, "--topic", "news", "--id", "run"));
      assertEquals(0, publish(second, server, "--topic", "news", "--id", "run"));
      assertSummary(
          "Published 1 event to 'news' in [0-9.]+ s, for 1 delivery; the last one for 1 client,"
              + " 2 already published",
          second);
      assertEquals(List.of("a", "b", "c"), data(3));
      assertTrue(stream.text().contains("id: run-3\n"), stream.text());
    }
  }

  @Test
  void allLinesUseOneConnection() throws Exception {
    AtomicInteger ports = new AtomicInteger();
    List<Integer> seen = new CopyOnWriteArrayList<>();
    Authorizer authorizer =
        (request, access, topics) -> {
          if (!seen.contains(request.remote().getPort())) {
            seen.add(request.remote().getPort());
          }
          ports.incrementAndGet();
          return Permission.granted(topics);
        };
    try (SseServer server = server(0, "127.0.0.1", authorizer)) {
      FakeTerminal shell = FakeTerminal.of("line\n".repeat(200));

      assertEquals(0, publish(shell, server, "--topic", "news"));
      assertEquals(200, ports.get());
      assertEquals(1, seen.size());
    }
  }

  private static Authorizer anyone() {
    return (request, access, topics) -> Permission.granted(topics);
  }

  private SseServer server(int port, String host, Authorizer authorizer) {
    try {
      return SseServer.builder(broker, StreamHandler.topicsUnder("/events/"))
          .host(host)
          .port(port)
          .publishing("/publish/")
          .authorizer(authorizer)
          .limits(Limits.builder().bodyBytes(2000).build())
          .start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static int publish(FakeTerminal shell, SseServer server, String... args) {
    String[] all = new String[args.length + 3];
    all[0] = "publish";
    all[1] = "--url";
    all[2] = "http://127.0.0.1:" + server.port();
    System.arraycopy(args, 0, all, 3, args.length);
    return shell.run(all);
  }

  private static void assertSummary(String form, FakeTerminal shell) {
    List<String> lines = shell.out.list();
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(lines.getFirst().matches(form), lines::toString);
  }

  /** Returns the data of the next events of the stream. */
  private List<String> data(int count) throws InterruptedException {
    List<String> data = new CopyOnWriteArrayList<>();
    while (data.size() < count) {
      String line = stream.next();
      if (line.startsWith("data: ")) {
        data.add(line.substring("data: ".length()));
      }
    }
    return data;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
