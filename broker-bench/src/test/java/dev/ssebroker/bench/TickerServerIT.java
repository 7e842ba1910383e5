package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TickerServerIT {

  @Test
  void thousandClientsAtAHundredEventsPerSecondLoseNothing() throws Exception {
    try (TickerServer server = TickerServer.start(0, 100, 64)) {
      LoadReport report = LoadTrial.at(server.port()).clients(1000).seconds(4).run();

      assertTrue(report.isAsExpected(), report::table);
      assertTrue(report.sequenced());
      assertTrue(report.expected() > 0);
      assertEquals(report.expected(), report.fewest());
      assertEquals(report.expected(), report.most());
    }
  }
}
