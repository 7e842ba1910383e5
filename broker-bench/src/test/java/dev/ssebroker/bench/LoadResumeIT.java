package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that all resume after an earlier event, and the scout that finds it. */
class LoadResumeIT {
  @Test
  void clientsThatResumeReceiveEveryEventAfterTheId() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      for (boolean gzip : new boolean[] {false, true}) {
        LoadReport report =
            LoadTrial.at(server.port()).clients(20).threads(2).gzip(gzip).resume(50).run();

        LoadReport.Resumed resumed = report.resumed().orElseThrow();
        assertTrue(report.isAsExpected(), report::table);
        assertEquals(50, resumed.events());
        assertEquals(20, resumed.complete());
        assertTrue(resumed.caughtUpSeconds().orElseThrow() > 0);
        assertEquals(report.expected(), report.fewest());
        assertEquals(report.expected(), report.most());
        assertTrue(report.expected() > 50, report::table);
        assertEquals(List.of(), report.warnings());
      }
    }
  }

  @Test
  void replayedEventsAreNoLatencySamples() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      LoadReport report = LoadTrial.at(server.port()).clients(5).resume(50).run();

      assertTrue(report.latency().getTotalCount() > 0);
      assertTrue(report.latency().getTotalCount() <= 5 * (report.expected() - 50), report::table);
    }
  }

  @Test
  void eventsThatAServerSkipsAfterTheIdAreLost() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> sendWithIds(client, 1000 * clients.getAndIncrement()))) {
      LoadReport report = LoadTrial.at(server.port()).clients(1).resume(3).run();

      assertEquals(0, report.resumed().orElseThrow().complete());
      assertTrue(report.lost() > 900, report::table);
      assertEquals(report.expected() - report.fewest(), report.lost());
      assertFalse(report.isAsExpected());
    }
  }

  @Test
  void eventWithTheIdItselfIsRepeated() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> sendWithIds(client, client.lastEventId(0)))) {
      LoadReport report = LoadTrial.at(server.port()).clients(1).resume(3).run();

      assertEquals(1, report.repeated());
      assertEquals(0, report.lost());
      assertEquals(0, report.resumed().orElseThrow().complete());
    }
  }

  @Test
  void eventBeforeTheIdIsOutOfOrder() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> sendWithIds(client, client.lastEventId(3) - 1))) {
      LoadReport report = LoadTrial.at(server.port()).clients(1).resume(3).run();

      assertEquals(1, report.outOfOrder());
      assertEquals(1, report.repeated());
      assertEquals(0, report.lost());
      assertEquals(0, report.resumed().orElseThrow().complete());
    }
  }

  @Test
  void waitForAClientThatDoesNotCatchUpIsBounded() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          if (clients.getAndIncrement() == 1) {
            client.send(ScriptedServer.HEAD);
            client.fallSilent();
          }
          sendWithIds(client, client.lastEventId(-1) + 1);
        })) {
      LoadReport report = LoadTrial.at(server.port()).clients(2).resume(3).run();

      LoadReport.Resumed resumed = report.resumed().orElseThrow();
      assertEquals(1, resumed.complete());
      assertTrue(resumed.caughtUpSeconds().isEmpty());
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
          client.send(ScriptedServer.HEAD);
          for (int i = 0; !client.isGone(); i++) {
            client.sendEvent(i);
            client.pause();
          }
        })) {
      StringWriter err = new StringWriter();

      assertEquals(1, LoadTrial.command(new StringWriter(), err, server.port(), "--resume=3"));
      assertEquals("the stream has no ids, which --resume needs", err.toString().strip());
    }
  }

  @Test
  void streamWithoutSequencesCannotBeResumed() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD);
          for (int i = 0; !client.isGone(); i++) {
            client.send("id: " + i + "\ndata: T=" + EpochClock.nanos() + ";\n\n");
            client.pause();
          }
        })) {
      LoadFailure e =
          assertThrows(LoadFailure.class, () -> LoadTrial.at(server.port()).resume(3).run());

      assertTrue(e.toString().contains("no sequence 'N=<number>;'"), e::toString);
    }
  }

  @Test
  void streamThatEndsTooSoonCannotBeResumed() throws Exception {
    try (ScriptedServer server = ScriptedServer.start(client -> client.send(ScriptedServer.HEAD))) {
      LoadFailure e =
          assertThrows(LoadFailure.class, () -> LoadTrial.at(server.port()).resume(3).run());

      assertEquals(
          "the stream ended before --resume found an id: the server closed the connection",
          e.getMessage());
    }
  }

  @Test
  void waitForASlowStreamIsBounded() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(
              ScriptedServer.HEAD + "id: a\ndata: T=1;N=1;\n\nid: b\r\ndata: T=2;N=2;\r\n\r\n");
          client.fallSilent();
        })) {
      LoadFailure e =
          assertThrows(
              LoadFailure.class,
              () -> LoadTrial.at(server.port()).resume(2).scout(Duration.ofMillis(300)));

      assertEquals(
          "only 2 of the 3 events with ids that --resume 2 needs arrived within 300 ms",
          e.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({
    // The number of events back, the stream, and the expected id and sequence (HTML 9.2.6).
    "1, 'id: a\ndata: T=1;N=1;\n\nid: b\ndata: T=2;N=2;\n\n', a, 1",
    "1, 'data: T=1;N=1;\rid: a\r\rdata: T=2;N=2;\rid: b\r\r', a, 1",
    "1, 'id:a\r\ndata: T=1;N=1;\r\n\r\nid:b\r\ndata: T=2;N=2;\r\n\r\n', a, 1",
    "1, 'id: a\nid:  c\ndata: T=1;N=1;\n\nid: b\ndata: T=2;N=2;\n\n', ' c', 1",
    "1, 'id: z\n\nid: a\ndata: T=1;N=1;\n\ndata: T=5;N=5;\n\nid\ndata: T=6;N=6;\n\nid: b\ndata: T=7;N=7;\n\n', a, 1",
    "2, 'id: a\ndata: T=1;N=1;\n\nid: b\ndata: T=2;N=2;\n\nid: c\ndata: T=3;N=3;\n\nid: d\ndata: T=4;N=4;\n\n', b, 2",
    "1, 'idea: q\nid: a\ndata: T=1;N=1;\n\n: id: q\nid: b\ndata: T=2;N=2;\n\n', a, 1",
  })
  void scoutFindsTheEventThatIsThisManyEventsBack(
      int events, String stream, String id, long sequence) throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD + stream.replace("\\n", "\n").replace("\\r", "\r"));
          client.fallSilent();
        })) {
      ResumePoint point = LoadTrial.at(server.port()).resume(events).scout(Duration.ofSeconds(10));

      assertEquals(new ResumePoint(id, sequence, sequence), point);
    }
  }

  /** Sends events whose id is their number, starting at {@code first}. */
  private static void sendWithIds(ScriptedServer.Client client, int first) throws IOException {
    client.send(ScriptedServer.HEAD);
    for (int i = first; !client.isGone(); i++) {
      client.send("id: " + i + "\ndata: T=" + EpochClock.nanos() + ";N=" + i + ";\n\n");
      client.pause();
    }
  }
}
