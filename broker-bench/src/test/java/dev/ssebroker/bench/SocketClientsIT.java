package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.EOFException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class SocketClientsIT {
  private static final int CLIENTS = 3;
  private static final String EVENT = "data: T=1;x\nid: 1\n\n";

  /** Bursts of one event. */
  private final Bursts bursts = new Bursts(Bursts.IN_FLIGHT, CLIENTS);

  @Test
  void eventsAreCountedWhereverTheyAreSplit() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD + ":\n\n" + EVENT + EVENT.substring(0, 4));
          client.pause();
          client.send(EVENT.substring(4));
          client.fallSilent();
        })) {
      bursts.awaitRoom();
      bursts.awaitRoom();
      SocketClients clients = connect(server);
      bursts.awaitAll();

      assertEquals(2 * CLIENTS, bursts.newReceptions());
      clients.close();
    }
  }

  @Test
  void endOfAStreamFailsTheBursts() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> client.send(ScriptedServer.HEAD + EVENT))) {
      bursts.awaitRoom();
      bursts.awaitRoom();
      SocketClients clients = connect(server);
      IllegalStateException e = assertThrows(IllegalStateException.class, bursts::awaitAll);

      assertInstanceOf(EOFException.class, e.getCause());
      clients.close();
    }
  }

  @Test
  void gapNoticeFailsTheBursts() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD + "event: gap\ndata: {\"missed\":1}\n\n");
          client.fallSilent();
        })) {
      bursts.awaitRoom();
      SocketClients clients = connect(server);

      assertThrows(IllegalStateException.class, bursts::awaitAll);
      clients.close();
    }
  }

  private SocketClients connect(ScriptedServer server) throws Exception {
    return SocketClients.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()), CLIENTS, bursts);
  }
}
