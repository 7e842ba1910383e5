package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs against a correct server, and failures that make a measurement impossible. */
class LoadIT {
  @Test
  void nothingIsLostWithOrWithoutCompression() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      for (boolean gzip : new boolean[] {false, true}) {
        LoadReport report = LoadTrial.at(server.port()).clients(20).threads(2).gzip(gzip).run();

        assertTrue(report.isAsExpected(), report::table);
        assertEquals(gzip, report.compressed());
        assertEquals(report.expected(), report.fewest());
        assertEquals(20 * report.expected(), report.latency().getTotalCount());
        assertTrue(report.received() > 0);
        assertTrue(report.bytes() > 0);
        assertEquals(List.of(), report.warnings());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, false", "7, false", "1, true", "7, true"})
  void rawLoopLosesNothing(int together, boolean writers) throws Exception {
    try (RawLoop server = RawLoop.start(0, 200, 64, together, writers)) {
      LoadReport report = LoadTrial.at(server.port()).clients(20).run();

      assertTrue(report.isAsExpected(), report::table);
      assertTrue(report.sequenced());
      assertEquals(report.expected(), report.fewest());
    }
  }

  @Test
  void stalledClientsAreNotCounted() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 1000)) {
      LoadReport report = LoadTrial.at(server.port()).clients(5).stalled(5).run();

      assertTrue(report.isAsExpected(), report::table);
      assertEquals(5 * report.expected(), report.latency().getTotalCount());
    }
  }

  @Test
  void cpuTimeAndMemoryOfTheServerAreMeasured() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      LoadReport report =
          LoadTrial.at(server.port()).clients(5).pid(ProcessHandle.current().pid()).run();

      assertTrue(report.serverMicrosPerDelivery() > 0);
      assertTrue(report.residentBytesPerConnection().isPresent());
      assertTrue(report.memory().getFirst().residentBytes() > 0);
    }
  }

  @Test
  void headThatArrivesWithTheFirstEventIsAwaited() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.pause();
          String head = ScriptedServer.HEAD;
          for (int i = 0; !client.isGone(); i++) {
            client.send(head + "data: T=" + EpochClock.nanos() + ";\r\n\r\n");
            head = "";
            client.pause();
          }
        })) {
      LoadReport report = LoadTrial.at(server.port()).clients(5).pace(1).run();

      assertTrue(report.received() > 0);
    }
  }

  @Test
  void responseThatIsNoEventStreamIsAFailure() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client ->
            client.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html></html>"))) {
      LoadFailure e =
          assertThrows(LoadFailure.class, () -> LoadTrial.at(server.port()).clients(1).run());

      assertEquals(
          "the server answered with the content type 'text/html' instead of text/event-stream",
          e.getMessage());
    }
  }

  @Test
  void connectionThatEndsWithoutAResponseIsAFailure() throws Exception {
    try (ScriptedServer server = ScriptedServer.start(client -> {})) {
      LoadFailure e =
          assertThrows(LoadFailure.class, () -> LoadTrial.at(server.port()).clients(1).run());

      assertTrue(e.toString().contains("a connection ended without a response"), e::toString);
    }
  }

  @Test
  void endOfAllStreamsIsAFailure() throws Exception {
    try (ScriptedServer server = ScriptedServer.start(client -> client.send(ScriptedServer.HEAD))) {
      LoadFailure e =
          assertThrows(LoadFailure.class, () -> LoadTrial.at(server.port()).clients(3).run());

      assertTrue(e.toString().contains("all streams have ended"), e::toString);
    }
  }

  @Test
  void refusedConnectionIsAFailure() throws Exception {
    ScriptedServer server = ScriptedServer.start(client -> {});
    server.close();
    LoadFailure e =
        assertThrows(LoadFailure.class, () -> LoadTrial.at(server.port()).clients(1).run());

    assertTrue(e.toString().contains("refused"), e::toString);
  }

  @Test
  void limitOfOpenFilesIsCheckedFirst() {
    LoadFailure e =
        assertThrows(LoadFailure.class, () -> LoadTrial.at(1).clients(Integer.MAX_VALUE).run());

    assertTrue(e.toString().contains("ulimit -n"), e::toString);
  }

  @Test
  void serverProcessIsCheckedFirst() {
    LoadFailure e =
        assertThrows(LoadFailure.class, () -> LoadTrial.at(1).pid(Integer.MAX_VALUE).run());

    assertTrue(e.toString().contains("does the process exist?"), e::toString);
  }
}
