package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TickerServerIT {

  /**
   * What one client received must be an unbroken run of what all of them together received: each
   * event is missing nowhere between a client's first and its last, and comes once, in order.
   */
  @Test
  void thousandClientsAtHundredEventsASecondLoseNothing() throws Exception {
    try (TickerServer server = TickerServer.start(0, 100, 64);
        TickerClients clients = new TickerClients(server.port(), 1000)) {
      clients.readUntilEachHas(500);

      List<long[]> received = clients.received();
      long[] all = received.stream().flatMapToLong(Arrays::stream).sorted().distinct().toArray();
      for (long[] times : received) {
        int first = Arrays.binarySearch(all, times[0]);
        assertArrayEquals(Arrays.copyOfRange(all, first, first + times.length), times);
      }
      assertTrue(all.length >= 500);
    }
  }
}
