package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadIT {
  private static final String HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

  @TempDir private Path directory;

  @Test
  void nothingIsLostWithOrWithoutCompression() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      for (boolean gzip : new boolean[] {false, true}) {
        LoadReport report = run(settings(server.port()).clients(20).threads(2).gzip(gzip));

        assertTrue(report.isAsExpected(), report::table);
        assertEquals(gzip, report.compressed());
        assertEquals(report.owed(), report.fewest());
        assertEquals(20 * report.owed(), report.latency().getTotalCount());
        assertTrue(report.received() > 0);
        assertTrue(report.bytes() > 0);
        assertEquals(List.of(), report.warnings());
      }
    }
  }

  @Test
  void rawLoopLosesNothing() throws Exception {
    try (RawLoop server = RawLoop.start(0, 200, 64)) {
      LoadReport report = run(settings(server.port()).clients(20));

      assertTrue(report.isAsExpected(), report::table);
      assertTrue(report.sequenced());
      assertEquals(report.owed(), report.fewest());
    }
  }

  @Test
  void stalledClientsAreConnectedAndNotCounted() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 1000)) {
      LoadReport report = run(settings(server.port()).clients(5).stalled(5));

      assertTrue(report.isAsExpected(), report::table);
      assertEquals(5 * report.owed(), report.latency().getTotalCount());
    }
  }

  @Test
  void ownProcessAsTheServerHasCostsAndMemory() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      LoadReport report =
          run(settings(server.port()).clients(5).pid(ProcessHandle.current().pid()));

      assertTrue(report.serverMicrosPerDelivery() > 0);
      assertTrue(report.residentBytesPerConnection().isPresent());
      assertTrue(report.memory().getFirst().residentBytes() > 0);
    }
  }

  @Test
  void eventThatOneClientMissesIsLost() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD);
          boolean loses = clients.getAndIncrement() == 0;
          for (int i = 0; !client.isGone(); i++) {
            if (!loses || i % 10 != 3) {
              client.send("data: T=" + EpochClock.nanos() + ";N=" + i + ";\n\n");
            }
            client.pause();
          }
        })) {
      LoadReport report = run(settings(server.port()).clients(1));

      assertTrue(report.lost() > 0, report::table);
      assertFalse(report.isAsExpected());
      assertEquals(report.owed() - report.fewest(), report.lost());
    }
  }

  @Test
  void withoutSequenceLossIsComparedWithTheBestClient() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD);
          boolean loses = clients.getAndIncrement() == 0;
          for (int i = 0; !client.isGone(); i++) {
            if (!loses || i % 2 == 0) {
              client.send("data: T=" + EpochClock.nanos() + ";\n\n");
            }
            client.pause();
          }
        })) {
      LoadReport report = run(settings(server.port()).clients(2));

      assertFalse(report.sequenced());
      assertTrue(report.lost() > 0, report::table);
      assertEquals(report.most() - report.fewest(), report.lost());
    }
  }

  @Test
  void wrongOrderAndRepetitionAndGapNoticesAreCounted() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD);
          for (int i = 0; !client.isGone(); i += 2) {
            long time = EpochClock.nanos();
            String earlier = "data: T=" + time + ";N=" + i + ";\n\n";
            String later = "data: T=" + (time + 1) + ";N=" + (i + 1) + ";\n\n";
            client.send(later + earlier + "event: gap\ndata: {}\n\n");
            client.pause();
          }
        })) {
      LoadReport report = run(settings(server.port()).clients(1));

      assertTrue(report.outOfOrder() > 0, report::table);
      assertTrue(report.gaps() > 0, report::table);
      assertEquals(0, report.lost());
      assertFalse(report.isAsExpected());
    }
  }

  @Test
  void eventThatComesTwiceIsNoReplacementForALostOne() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD);
          for (int i = 0; !client.isGone(); i += 2) {
            String event = "data: T=" + EpochClock.nanos() + ";N=" + i + ";\n\n";
            client.send(event + event);
            client.pause();
          }
        })) {
      LoadReport report = run(settings(server.port()).clients(1));

      assertTrue(report.repeated() > 0, report::table);
      assertTrue(report.lost() > 0, report::table);
    }
  }

  @Test
  void clientWhoseStreamEndsIsReported() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD);
          boolean ends = clients.getAndIncrement() == 0;
          for (int i = 0; !client.isGone() && (!ends || i < 3); i++) {
            client.send("data: T=" + EpochClock.nanos() + ";\n\n");
            client.pause();
          }
        })) {
      LoadReport report = run(settings(server.port()).clients(2));

      assertEquals(1, report.ended());
      assertEquals("the server closed the connection", report.whyEnded());
      assertFalse(report.isAsExpected());
    }
  }

  @Test
  void clientThatGetsNothingMoreIsBehindAndHasLost() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD);
          if (clients.getAndIncrement() == 0) {
            client.fallSilent();
          }
          for (int i = 0; !client.isGone(); i++) {
            client.send("data: T=" + EpochClock.nanos() + ";\n\n");
            client.pause();
          }
        })) {
      LoadReport report = run(settings(server.port()).clients(2));

      assertEquals(1, report.behind());
      assertEquals(0, report.fewest());
      assertEquals(report.most(), report.lost());
    }
  }

  @Test
  void serverThatAnswersOnlyWithTheFirstEventIsWaitedFor() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.pause();
          String head = HEAD;
          for (int i = 0; !client.isGone(); i++) {
            client.send(head + "data: T=" + EpochClock.nanos() + ";\r\n\r\n");
            head = "";
            client.pause();
          }
        })) {
      LoadReport report = run(settings(server.port()).clients(5).pace(1));

      assertTrue(report.received() > 0);
    }
  }

  @Test
  void clientsThatResumeGetEveryEventSinceTheId() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      for (boolean gzip : new boolean[] {false, true}) {
        LoadReport report =
            run(settings(server.port()).clients(20).threads(2).gzip(gzip).resume(50));

        LoadReport.Resumed resumed = report.resumed().orElseThrow();
        assertTrue(report.isAsExpected(), report::table);
        assertEquals(50, resumed.events());
        assertEquals(20, resumed.complete());
        assertTrue(resumed.levelSeconds().orElseThrow() > 0);
        assertEquals(report.owed(), report.fewest());
        assertEquals(report.owed(), report.most());
        assertTrue(report.owed() > 50, report::table);
        assertEquals(List.of(), report.warnings());
      }
    }
  }

  @Test
  void replayedEventsAreNoSamplesOfLatency() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      LoadReport report = run(settings(server.port()).clients(5).resume(50));

      assertTrue(report.latency().getTotalCount() > 0);
      assertTrue(report.latency().getTotalCount() <= 5 * (report.owed() - 50), report::table);
    }
  }

  @Test
  void serverThatDoesNotKnowTheIdHasLostWhatWasBetween() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> sendWithIds(client, 1000 * clients.getAndIncrement()))) {
      LoadReport report = run(settings(server.port()).clients(1).resume(3));

      assertEquals(0, report.resumed().orElseThrow().complete());
      assertTrue(report.lost() > 900, report::table);
      assertEquals(report.owed() - report.fewest(), report.lost());
      assertFalse(report.isAsExpected());
    }
  }

  @Test
  void eventOfTheIdItselfIsARepetition() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> sendWithIds(client, client.lastEventId(0)))) {
      LoadReport report = run(settings(server.port()).clients(1).resume(3));

      assertEquals(1, report.repeated());
      assertEquals(0, report.lost());
      assertEquals(0, report.resumed().orElseThrow().complete());
    }
  }

  @Test
  void eventFromBeforeTheIdIsOutOfOrder() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> sendWithIds(client, client.lastEventId(3) - 1))) {
      LoadReport report = run(settings(server.port()).clients(1).resume(3));

      assertEquals(1, report.outOfOrder());
      assertEquals(1, report.repeated());
      assertEquals(0, report.lost());
      assertEquals(0, report.resumed().orElseThrow().complete());
    }
  }

  @Test
  void clientThatDoesNotCatchUpIsNotWaitedForForEver() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          if (clients.getAndIncrement() == 1) {
            client.send(HEAD);
            client.fallSilent();
          }
          sendWithIds(client, client.lastEventId(-1) + 1);
        })) {
      LoadReport report = run(settings(server.port()).clients(2).resume(3));

      LoadReport.Resumed resumed = report.resumed().orElseThrow();
      assertEquals(1, resumed.complete());
      assertTrue(resumed.levelSeconds().isEmpty());
      assertTrue(
          report.warnings().stream().anyMatch(warning -> warning.contains("not caught up")),
          report::table);
      assertFalse(report.isAsExpected());
    }
  }

  @Test
  void streamWithoutIdsCannotBeResumed() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD);
          for (int i = 0; !client.isGone(); i++) {
            client.send("data: T=" + EpochClock.nanos() + ";N=" + i + ";\n\n");
            client.pause();
          }
        })) {
      StringWriter err = new StringWriter();

      assertEquals(1, load(new StringWriter(), err, server.port(), "--resume=3"));
      assertEquals(
          "the stream has no ids, so that --resume has nothing to resume from",
          err.toString().strip());
    }
  }

  @Test
  void streamWithoutSequenceIsNotResumed() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD);
          for (int i = 0; !client.isGone(); i++) {
            client.send("id: " + i + "\ndata: T=" + EpochClock.nanos() + ";\n\n");
            client.pause();
          }
        })) {
      LoadFailure e = assertThrows(LoadFailure.class, () -> run(settings(server.port()).resume(3)));

      assertTrue(e.toString().contains("no sequence 'N=<number>;'"), e::toString);
    }
  }

  @Test
  void streamThatEndsTooSoonCannotBeResumed() throws Exception {
    try (ScriptedServer server = ScriptedServer.start(client -> client.send(HEAD))) {
      LoadFailure e = assertThrows(LoadFailure.class, () -> run(settings(server.port()).resume(3)));

      assertEquals(
          "the stream ended before --resume had an id: the server closed the connection",
          e.getMessage());
    }
  }

  @Test
  void slowStreamIsNotWaitedForForEver() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD + "id: a\ndata: T=1;N=1;\n\nid: b\r\ndata: T=2;N=2;\r\n\r\n");
          client.fallSilent();
        })) {
      LoadFailure e =
          assertThrows(
              LoadFailure.class,
              () -> scout(settings(server.port()).resume(2), Duration.ofMillis(300)));

      assertEquals(
          "only 2 of the 3 events with ids that --resume 2 needs came within 300 ms",
          e.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({
    // The id of the event that is so many before the last one, by HTML 9.2.6.
    "1, 'id: a\ndata: T=1;N=1;\n\nid: b\ndata: T=2;N=2;\n\n', a, 1",
    "1, 'data: T=1;N=1;\rid: a\r\rdata: T=2;N=2;\rid: b\r\r', a, 1",
    "1, 'id:a\r\ndata: T=1;N=1;\r\n\r\nid:b\r\ndata: T=2;N=2;\r\n\r\n', a, 1",
    "1, 'id: a\nid:  c\ndata: T=1;N=1;\n\nid: b\ndata: T=2;N=2;\n\n', ' c', 1",
    "1, 'id: z\n\nid: a\ndata: T=1;N=1;\n\ndata: T=5;N=5;\n\nid\ndata: T=6;N=6;\n\nid: b\ndata: T=7;N=7;\n\n', a, 1",
    "2, 'id: a\ndata: T=1;N=1;\n\nid: b\ndata: T=2;N=2;\n\nid: c\ndata: T=3;N=3;\n\nid: d\ndata: T=4;N=4;\n\n', b, 2",
    "1, 'idea: q\nid: a\ndata: T=1;N=1;\n\n: id: q\nid: b\ndata: T=2;N=2;\n\n', a, 1",
  })
  void idIsThatOfTheEventSoManyBefore(int events, String stream, String id, long sequence)
      throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD + stream.replace("\\n", "\n").replace("\\r", "\r"));
          client.fallSilent();
        })) {
      ResumePoint point = scout(settings(server.port()).resume(events), Duration.ofSeconds(10));

      assertEquals(new ResumePoint(id, sequence, sequence), point);
    }
  }

  @Test
  void jsonHasTheNumbersOfResumingOnlyIfAskedFor() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      int status = load(out, err, server.port(), "--json=-", "--resume=10");

      assertEquals(0, status, err::toString);
      Map<String, Object> json = Json.read(out.toString());
      assertEquals(10L, json.get("resumed"));
      assertEquals(3L, json.get("complete"));
      assertTrue((double) Objects.requireNonNull(json.get("levelSeconds")) > 0);
      assertTrue(err.toString().contains("level after"), err::toString);

      StringWriter plain = new StringWriter();
      load(plain, new StringWriter(), server.port(), "--json=-");

      assertFalse(plain.toString().contains("resumed"), plain::toString);
      assertFalse(plain.toString().contains("complete"), plain::toString);
      assertFalse(plain.toString().contains("levelSeconds"), plain::toString);
    }
  }

  @Test
  void jsonHasTheNumbersAndTheTableGoesToTheOtherOutput() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      int status = load(out, err, server.port(), "--json", "-");

      assertEquals(0, status, err::toString);
      assertTrue(out.toString().startsWith("{\"url\":\"http://127.0.0.1:"), out::toString);
      assertTrue(out.toString().endsWith("\"warnings\":[]}\n"), out::toString);
      assertTrue(out.toString().contains("\"lost\":0,"), out::toString);
      assertTrue(err.toString().contains("p99.9"), err::toString);
    }
  }

  @Test
  void jsonFileHasOneLine() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      Path file = directory.resolve("report.json");
      StringWriter out = new StringWriter();
      load(out, new StringWriter(), server.port(), "--json", file.toString());

      assertEquals(1, Files.readAllLines(file).size());
      assertTrue(out.toString().contains("p99.9"), out::toString);
    }
  }

  @Test
  void lossMakesTheExitCode() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD);
          for (int i = 0; !client.isGone(); i += 2) {
            client.send("data: T=" + EpochClock.nanos() + ";N=" + i + ";\n\n");
            client.pause();
          }
        })) {
      assertEquals(3, load(new StringWriter(), new StringWriter(), server.port()));
    }
  }

  @Test
  void streamWithoutMarksIsNoMeasurement() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(HEAD);
          while (!client.isGone()) {
            client.send("data: hello\n\n");
            client.pause();
          }
        })) {
      StringWriter out = new StringWriter();

      assertEquals(1, load(out, new StringWriter(), server.port()));
      assertTrue(out.toString().contains("nothing was received"), out::toString);
    }
  }

  @Test
  void wrongStatusIsNoMeasurement() throws Exception {
    try (Broker broker = Broker.open();
        SseServer server =
            SseServer.builder(broker, request -> Decision.reject(404))
                .host("127.0.0.1")
                .port(0)
                .start()) {
      StringWriter err = new StringWriter();

      assertEquals(1, load(new StringWriter(), err, server.port()));
      assertTrue(
          err.toString().contains("the server answered '404 Not Found' instead of 200"),
          err::toString);
    }
  }

  @Test
  void answerThatIsNoEventStreamIsNoMeasurement() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client ->
            client.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html></html>"))) {
      LoadFailure e =
          assertThrows(LoadFailure.class, () -> run(settings(server.port()).clients(1)));

      assertEquals(
          "the server answered with the content type 'text/html' instead of text/event-stream",
          e.getMessage());
    }
  }

  @Test
  void connectionThatEndsWithoutAnAnswerIsNoMeasurement() throws Exception {
    try (ScriptedServer server = ScriptedServer.start(client -> {})) {
      LoadFailure e =
          assertThrows(LoadFailure.class, () -> run(settings(server.port()).clients(1)));

      assertTrue(e.toString().contains("a connection ended before it was answered"), e::toString);
    }
  }

  @Test
  void endOfAllStreamsEndsTheRun() throws Exception {
    try (ScriptedServer server = ScriptedServer.start(client -> client.send(HEAD))) {
      LoadFailure e =
          assertThrows(LoadFailure.class, () -> run(settings(server.port()).clients(3)));

      assertTrue(e.toString().contains("all streams have ended"), e::toString);
    }
  }

  @Test
  void refusedConnectionIsNoMeasurement() throws Exception {
    ScriptedServer server = ScriptedServer.start(client -> {});
    server.close();
    LoadFailure e = assertThrows(LoadFailure.class, () -> run(settings(server.port()).clients(1)));

    assertTrue(e.toString().contains("refused"), e::toString);
  }

  @Test
  void moreClientsThanOpenFilesAreRefusedBeforehand() {
    LoadFailure e =
        assertThrows(LoadFailure.class, () -> run(settings(1).clients(Integer.MAX_VALUE)));

    assertTrue(e.toString().contains("ulimit -n"), e::toString);
  }

  @Test
  void processThatDoesNotExistIsRefusedBeforehand() {
    LoadFailure e = assertThrows(LoadFailure.class, () -> run(settings(1).pid(Integer.MAX_VALUE)));

    assertTrue(e.toString().contains("is there such a process?"), e::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "--clients, 0",
    "--clients, x",
    "--threads, 3",
    "--seconds, 0",
    "--url, https://127.0.0.1/",
    "--url, nonsense",
    "--header, nonsense",
    "--resume, -1",
    "--pace, 0",
    "--nonsense, 1",
  })
  void wrongUsageIsSaid(String option, String value) {
    StringWriter err = new StringWriter();

    assertEquals(
        2,
        Load.run(new PrintWriter(new StringWriter()), new PrintWriter(err), false, option, value));
    assertTrue(err.toString().contains(option), err::toString);
  }

  @Test
  void helpExplainsExitCodesAndFields() {
    StringWriter out = new StringWriter();

    assertEquals(0, Load.run(new PrintWriter(out), new PrintWriter(out), false, "--help"));
    assertTrue(out.toString().contains("Exit codes"), out::toString);
    assertTrue(out.toString().contains("serverCpuMicrosPerDelivery"), out::toString);
    assertTrue(out.toString().contains("levelSeconds"), out::toString);
  }

  /** Sends events whose id is their number, from the first one on. */
  private static void sendWithIds(ScriptedServer.Client client, int first) throws IOException {
    client.send(HEAD);
    for (int i = first; !client.isGone(); i++) {
      client.send("id: " + i + "\ndata: T=" + EpochClock.nanos() + ";N=" + i + ";\n\n");
      client.pause();
    }
  }

  private static ResumePoint scout(Settings settings, Duration patience) throws Exception {
    InetSocketAddress server =
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), settings.port);
    return LoadScout.find(settings.toSettings(), server, patience);
  }

  private static int load(StringWriter out, StringWriter err, int port, String... more) {
    String[] args = {
      "--url=http://127.0.0.1:" + port + "/events", "--clients=3", "--warmup=0", "--seconds=1"
    };
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of(more));
    return Load.run(new PrintWriter(out), new PrintWriter(err), false, all.toArray(String[]::new));
  }

  static LoadReport run(Settings settings) throws LoadFailure, InterruptedException {
    return LoadRun.run(
        settings.toSettings(), new Progress(new PrintWriter(new StringWriter()), false));
  }

  static Settings settings(int port) {
    return new Settings(port);
  }

  /** What a test wants of a run; the rest is short. */
  static final class Settings {
    private final int port;
    private int clients = 10;
    private int stalled;
    private int threads = 1;
    private int pace = 32;
    private int resume;
    private int seconds = 1;
    private boolean gzip;
    private List<Long> pids = List.of();

    private Settings(int port) {
      this.port = port;
    }

    Settings clients(int clients) {
      this.clients = clients;
      return this;
    }

    Settings stalled(int stalled) {
      this.stalled = stalled;
      return this;
    }

    Settings threads(int threads) {
      this.threads = threads;
      return this;
    }

    Settings pace(int pace) {
      this.pace = pace;
      return this;
    }

    Settings resume(int events) {
      this.resume = events;
      return this;
    }

    Settings seconds(int seconds) {
      this.seconds = seconds;
      return this;
    }

    Settings gzip(boolean gzip) {
      this.gzip = gzip;
      return this;
    }

    Settings pid(long pid) {
      this.pids = List.of(pid);
      return this;
    }

    private LoadSettings toSettings() {
      URI url = URI.create(String.format(Locale.ROOT, "http://127.0.0.1:%d/events", port));
      return new LoadSettings(
          url, clients, stalled, threads, pace, resume, 0, seconds, gzip, List.of(), pids);
    }
  }
}
