package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.demo.ScriptedUpstream.Peer;
import dev.ssebroker.http.Access;
import dev.ssebroker.http.Authorizer;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.Permission;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.http.StreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class SubscribeCommandIT {
  private static final String TOKEN = "sixteen-or-more-characters";
  private static final String TIME = "\\d\\d:\\d\\d:\\d\\d\\.\\d{3}";

  private final Broker broker = Broker.open();

  @AfterEach
  void closeBroker() {
    broker.close();
  }

  @Test
  void eventsArePrintedAsTheyArriveUpToTheCount() throws Exception {
    try (SseServer server = server(0)) {
      FakeTerminal shell = FakeTerminal.of("");
      CompletableFuture<Integer> exit =
          start(shell, "--url", url(server) + "/events?topic=news", "--count", "2");
      assertEquals("Connected to " + url(server) + "/events?topic=news", shell.err.next());
      broker.publish("news", Event.of("It rained."));
      String first = shell.out.next();
      assertTrue(first.matches(TIME + "  message  It rained\\."), first);
      broker.publish("news", Event.of("weather", "one\ntwo\u001b[31m"));
      String second = shell.out.next();
      assertTrue(second.matches(TIME + "  weather  one"), second);
      assertEquals(
          " ".repeat("12:00:00.000  weather  ".length()) + "two\\u001b[31m", shell.out.next());

      assertEquals(0, exit.get());
      assertEquals(3, shell.out.list().size());
    }
  }

  @Test
  void jsonIsOneObjectPerLine() throws Exception {
    try (SseServer server = server(0)) {
      FakeTerminal shell = FakeTerminal.of("");
      CompletableFuture<Integer> exit =
          start(shell, "--url", url(server) + "/events?topic=news", "--count=1", "--json");
      shell.err.next();
      String id = broker.publish("news", Event.of("a\"b", "\\ \"x\"\n\tü\u0001")).id();

      String line = shell.out.next();
      assertTrue(line.matches("\\{\"time\":\"\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z\",.*"), line);
      assertEquals(
          "\"id\":\"" + id + "\",\"type\":\"a\\\"b\",\"data\":\"\\\\ \\\"x\\\"\\n\\tü\\u0001\"}",
          line.substring(line.indexOf("\"id\"")));
      assertEquals(0, exit.get());
    }
  }

  @Test
  void streamIsResumedAfterTheLastEventWhenTheServerRestarts() throws Exception {
    SseServer first = server(0);
    int port = first.port();
    CountDownLatch waiting = new CountDownLatch(1);
    CountDownLatch restarted = new CountDownLatch(1);
    FakeTerminal shell =
        new FakeTerminal(
            Map.of(),
            InputStream.nullInputStream(),
            time -> {
              waiting.countDown();
              restarted.await();
            });
    CompletableFuture<Integer> exit =
        start(shell, "--url", url(first) + "/events?topic=news", "--count=4");
    shell.err.next();
    broker.publish("news", Event.of("1"));
    assertTrue(shell.out.next().endsWith("  1"));
    first.close();
    waiting.await();
    broker.publish("news", Event.of("2"));
    broker.publish("news", Event.of("3"));
    try (SseServer second = server(port)) {
      restarted.countDown();
      assertTrue(shell.out.next().endsWith("  2"));
      assertTrue(shell.out.next().endsWith("  3"));
      broker.publish("news", Event.of("4"));
      assertTrue(shell.out.next().endsWith("  4"));
      assertEquals(0, exit.get());
      assertEquals(port, second.port());
      // The server requests 3 s, randomized by a third.
      assertTrue(shell.pauses.getFirst().toMillis() >= 2000, shell.pauses::toString);
    }
    String lost = shell.err.next();
    assertTrue(lost.matches("Lost http://.* Reconnecting in .*m?s"), lost);
  }

  @Test
  void gapIsPrinted() throws Exception {
    try (SseServer server = server(0)) {
      FakeTerminal shell = FakeTerminal.of("");
      CompletableFuture<Integer> exit =
          start(
              shell,
              "--url",
              url(server) + "/events?topic=news",
              "--count=1",
              "--last-event-id=nobody-knows",
              "--colour=always");
      String gap = shell.out.next();
      assertTrue(
          gap.contains(
              "\u001b[1;33m!! An unknown number of events is missing (unknown-id)\u001b[0m"),
          gap);
      broker.publish("news", Event.of("1"));
      assertTrue(shell.out.next().endsWith("  1"));
      assertEquals(0, exit.get());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "auto, true, '', true",
    "auto, true, 1, false",
    "auto, false, '', false",
    "always, false, 1, true",
    "never, true, '', false",
  })
  void coloursAreForTerminalsUnlessConfiguredOtherwise(
      String when, boolean terminal, String noColor, boolean coloured) throws Exception {
    try (SseServer server = server(0)) {
      FakeTerminal shell =
          new FakeTerminal(
              Map.of("NO_COLOR", noColor, "SSE_BROKER_COLOUR", when),
              InputStream.nullInputStream(),
              time -> {},
              terminal);
      CompletableFuture<Integer> exit =
          start(shell, "--url", url(server) + "/events?topic=news", "--count=1");
      shell.err.next();
      broker.publish("news", Event.of("1"));

      assertEquals(coloured, shell.out.next().contains("\u001b["));
      assertEquals(0, exit.get());
    }
  }

  @Test
  void closedOutputEndsTheCommandQuietly() throws Exception {
    try (SseServer server = server(0)) {
      FakeTerminal shell = FakeTerminal.of("");
      CompletableFuture<Integer> exit = start(shell, "--url", url(server) + "/events?topic=news");
      shell.err.next();
      broker.publish("news", Event.of("1"));
      shell.out.next();
      shell.out.breakPipe();
      broker.publish("news", Event.of("2"));

      assertEquals(0, exit.get());
      assertEquals(1, shell.err.list().size());
      assertEquals(1, shell.out.list().size());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/missing | '' | there is no stream at this address (404); check the path of --url",
        "/405 | '' | there is no stream at this address (405); check the path of --url",
        "/guarded | '' | the server requires a token (401); set SSE_BROKER_TOKEN or --token",
        "/guarded | no | the server does not accept this token (401); check SSE_BROKER_TOKEN or --token",
        "/403 | '' | access to this stream is not allowed (403); check its topics and --token",
        "/410 | '' | the server answered 410 instead of a stream",
        "/page | '' | expected an event stream, but got text/html; check the path of --url",
      })
  void refusalIsReportedInOneLine(String path, String token, String line) throws Exception {
    try (SseServer server = server(0)) {
      FakeTerminal shell = FakeTerminal.withEnvironment(Map.of("SSE_BROKER_TOKEN", token));

      assertEquals(1, shell.run("subscribe", "--url", url(server) + path));
      assertEquals(List.of(url(server) + path + ": " + line), shell.err.list());
      assertEquals("", shell.out.text());
      assertEquals(List.of(), shell.pauses);
    }
  }

  @Test
  void tokenGrantsAccess() throws Exception {
    try (SseServer server = server(0)) {
      FakeTerminal shell = FakeTerminal.withEnvironment(Map.of("SSE_BROKER_TOKEN", TOKEN));
      CompletableFuture<Integer> exit =
          start(shell, "--url", url(server) + "/guarded", "--count=1");
      shell.err.next();
      broker.publish("guarded", Event.of("1"));

      assertEquals(0, exit.get());
    }
  }

  @Test
  void noContentEndsTheCommand() throws Exception {
    try (SseServer server = server(0)) {
      FakeTerminal shell = FakeTerminal.of("");

      assertEquals(0, shell.run("subscribe", "--url", url(server) + "/204"));
      assertEquals(List.of(url(server) + "/204 has no more events (204)"), shell.err.list());
    }
  }

  @Test
  void failingServerIsRetriedWithGrowingDelays() throws Exception {
    try (SseServer server = server(0)) {
      CountDownLatch enough = new CountDownLatch(6);
      FakeTerminal shell =
          new FakeTerminal(
              Map.of(),
              InputStream.nullInputStream(),
              time -> {
                enough.countDown();
                if (enough.getCount() == 0) {
                  throw new InterruptedException("the test is over");
                }
              });

      assertEquals(1, shell.run("subscribe", "--url", url(server) + "/500"));
      boolean interrupted = Thread.interrupted();
      assertTrue(interrupted);
      assertEquals(
          Stream.of(500, 1000, 2000, 4000, 8000, 15000).map(Duration::ofMillis).toList(),
          shell.pauses);
    }
  }

  @Test
  void schemeAndPathAreOptional() throws Exception {
    try (SseServer server = server(0)) {
      FakeTerminal shell = FakeTerminal.of("");
      CompletableFuture<Integer> exit =
          start(shell, "--url", "127.0.0.1:" + server.port() + "?topic=news", "--count=1");
      assertEquals("Connected to " + url(server) + "/events?topic=news", shell.err.next());
      broker.publish("news", Event.of("1"));

      assertEquals(0, exit.get());
    }
  }

  @Test
  void idThatTheServerResetsIsNeitherPrintedNorSent() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      FakeTerminal shell = FakeTerminal.of("");
      CompletableFuture<Integer> exit =
          start(shell, "--url", upstream.url(), "--json", "--count=3");
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "id: 1\ndata: a\n\nid:\ndata: b\n\n");
        assertTrue(shell.out.next().contains("\"id\":\"1\""), shell.out::text);
        String second = shell.out.next();
        assertTrue(second.contains("\"id\":null"), second);
      }
      try (Peer peer = upstream.next()) {
        assertFalse(peer.request().contains("Last-Event-ID"), peer.request());
        peer.send(ScriptedUpstream.STREAM + "data: c\n\n");
        assertEquals(0, exit.get());
      }
    }
  }

  @Test
  void idThatIsNoFieldValueIsPrintedButNotSent() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      FakeTerminal shell = FakeTerminal.of("");
      CompletableFuture<Integer> exit =
          start(shell, "--url", upstream.url(), "--json", "--count=3");
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "id: 1\ndata: a\n\nid: \u0001\ndata: b\n\n");
        shell.out.next();
        String second = shell.out.next();
        assertTrue(second.contains("\"id\":\"\\u0001\""), second);
      }
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nLast-Event-ID: 1\r\n"), peer.request());
        peer.send(ScriptedUpstream.STREAM + "data: c\n\n");
        assertEquals(0, exit.get());
      }
    }
  }

  /** A machine without a network cannot resolve any host. */
  @Test
  void unknownHostIsRetriedAfterAFirstConnection() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      FakeTerminal shell = FakeTerminal.of("");
      CompletableFuture<Integer> exit = start(shell, "--url", upstream.url(), "--count=2");
      upstream.next().send(ScriptedUpstream.STREAM + "data: a\n\n").close();
      upstream
          .next()
          .send(
              """
              HTTP/1.1 302 Found\r
              Location: http://no-such-host.invalid/\r
              Connection: close\r
              Content-Length: 0\r
              \r
              """)
          .close();
      upstream.next().send(ScriptedUpstream.STREAM + "data: b\n\n").close();

      assertEquals(0, exit.get());
      assertEquals(2, shell.out.list().size());
    }
  }

  private static CompletableFuture<Integer> start(FakeTerminal shell, String... args) {
    String[] all = new String[args.length + 1];
    all[0] = "subscribe";
    System.arraycopy(args, 0, all, 1, args.length);
    return CompletableFuture.supplyAsync(
        () -> shell.run(all), task -> Thread.ofVirtual().start(task));
  }

  private static String url(SseServer server) {
    return "http://127.0.0.1:" + server.port();
  }

  private SseServer server(int port) throws IOException {
    Authorizer bearer = Authorizer.bearer(TOKEN, Access.SUBSCRIBE);
    StreamHandler streams = StreamHandler.topicsUnder("/events/");
    return SseServer.builder(
            broker,
            request ->
                switch (request.path()) {
                  case "/events" ->
                      Decision.stream(request.parameters("topic").toArray(String[]::new));
                  case "/guarded" -> Decision.stream("guarded");
                  case "/page" -> Decision.answer("text/html", "hi");
                  case "/204" -> Decision.answer(204);
                  case "/403", "/405", "/410", "/500" ->
                      Decision.refuse(Integer.parseInt(request.path().substring(1)));
                  default -> streams.decide(request);
                })
        .host("127.0.0.1")
        .port(port)
        .authorizer((request, access, topics) ->
            request.path().equals("/guarded")
                ? bearer.authorize(request, access, topics)
                : Permission.granted(topics))
        .start();
  }
}
