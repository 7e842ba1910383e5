package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The counts when a server loses, repeats or reorders events. */
class LoadLossIT {
  @Test
  void eventThatOneClientMissesIsLost() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD);
          boolean loses = clients.getAndIncrement() == 0;
          for (int i = 0; !client.isGone(); i++) {
            if (!loses || i % 10 != 3) {
              client.sendEvent(i);
            }
            client.pause();
          }
        })) {
      LoadReport report = LoadTrial.at(server.port()).clients(1).run();

      assertTrue(report.lost() > 0, report::table);
      assertFalse(report.isAsExpected());
      assertEquals(report.expected() - report.fewest(), report.lost());
    }
  }

  @Test
  void lossWithoutSequencesIsRelativeToTheBestClient() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD);
          boolean loses = clients.getAndIncrement() == 0;
          for (int i = 0; !client.isGone(); i++) {
            if (!loses || i % 2 == 0) {
              client.sendEvent();
            }
            client.pause();
          }
        })) {
      LoadReport report = LoadTrial.at(server.port()).clients(2).run();

      assertFalse(report.sequenced());
      assertTrue(report.lost() > 0, report::table);
      assertEquals(report.most() - report.fewest(), report.lost());
    }
  }

  @Test
  void wrongOrderAndGapNoticesAreCounted() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD);
          for (int i = 0; !client.isGone(); i += 2) {
            long time = EpochClock.nanos();
            String earlier = "data: T=" + time + ";N=" + i + ";\n\n";
            String later = "data: T=" + (time + 1) + ";N=" + (i + 1) + ";\n\n";
            client.send(later + earlier + "event: gap\ndata: {}\n\n");
            client.pause();
          }
        })) {
      LoadReport report = LoadTrial.at(server.port()).clients(1).run();

      assertTrue(report.outOfOrder() > 0, report::table);
      assertTrue(report.gaps() > 0, report::table);
      assertEquals(0, report.lost());
      assertFalse(report.isAsExpected());
    }
  }

  @Test
  void repeatedEventDoesNotReplaceALostOne() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD);
          for (int i = 0; !client.isGone(); i += 2) {
            String event = "data: T=" + EpochClock.nanos() + ";N=" + i + ";\n\n";
            client.send(event + event);
            client.pause();
          }
        })) {
      LoadReport report = LoadTrial.at(server.port()).clients(1).run();

      assertTrue(report.repeated() > 0, report::table);
      assertTrue(report.lost() > 0, report::table);
    }
  }

  @Test
  void clientWhoseStreamEndsIsReported() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD);
          boolean ends = clients.getAndIncrement() == 0;
          for (int i = 0; !client.isGone() && (!ends || i < 3); i++) {
            client.sendEvent();
            client.pause();
          }
        })) {
      LoadReport report = LoadTrial.at(server.port()).clients(2).run();

      assertEquals(1, report.ended());
      assertEquals("the server closed the connection", report.firstEnd());
      assertFalse(report.isAsExpected());
    }
  }

  @Test
  void clientThatReceivesNothingMoreLagsAndHasLosses() throws Exception {
    AtomicInteger clients = new AtomicInteger();
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD);
          if (clients.getAndIncrement() == 0) {
            client.fallSilent();
          }
          for (int i = 0; !client.isGone(); i++) {
            client.sendEvent();
            client.pause();
          }
        })) {
      LoadReport report = LoadTrial.at(server.port()).clients(2).run();

      assertEquals(1, report.lagging());
      assertEquals(0, report.fewest());
      assertEquals(report.most(), report.lost());
    }
  }
}
