package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
  private static final Limits LIMITS =
      Limits.builder().streams(1).requestConnections(2).streamsPerAddress(2).build();

  private final Set<TimeLimit> timeLimits = ConcurrentHashMap.newKeySet();
  private final Connections connections = new Connections(LIMITS);
  private final Broker broker = Broker.open();
  private final Service service = new Service(settings(), connections, timeLimits);
  private Socket client;
  private Transport transport;

  private ServerSettings settings() {
    return new ServerSettings(
        broker,
        request -> Decision.refuse(404),
        Map.of(),
        Routes.NONE,
        LIMITS,
        Cors.NONE,
        Duration.ofSeconds(3),
        false,
        false,
        false,
        null,
        null);
  }

  @BeforeEach
  void connect() throws IOException {
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      client = new Socket(InetAddress.getLoopbackAddress(), listening.socket().getLocalPort());
      transport = BlockingTransport.plain(listening.accept());
    }
  }

  @AfterEach
  void close() throws IOException {
    transport.close();
    client.close();
    broker.close();
  }

  private Optional<Connection> add() {
    return connections.add(
        transport.remote().getAddress(), refusal -> new Connection(service, transport, refusal));
  }

  @Test
  void streamIsNoLongerOneOfTheOtherConnections() {
    Connection first = add().orElseThrow();
    assertEquals(0, connections.beginStream(first));
    Connection second = add().orElseThrow();
    Connection third = add().orElseThrow();
    Connection fourth = add().orElseThrow();

    assertEquals(503, connections.beginStream(second));
    assertEquals(0, third.refusal);
    assertEquals(503, fourth.refusal);
    assertEquals(4, connections.count());
  }

  /** A client's sink may be closed by its writer and by the thread that cuts the client. */
  @Test
  void streamThatEndsTwiceIsCountedOnce() {
    Connection first = add().orElseThrow();
    assertEquals(0, connections.beginStream(first));

    assertTrue(connections.endStream(first));
    assertTrue(connections.endStream(first));
    connections.remove(first);
    assertFalse(connections.endStream(first));
    connections.remove(first);

    assertTrue(connections.awaitNoStream(System.nanoTime()));
    assertEquals(0, connections.count());
    Connection second = add().orElseThrow();
    assertEquals(0, connections.beginStream(second));
    assertFalse(connections.awaitNoStream(System.nanoTime()));
  }

  @Test
  void drainingServerRefusesStreams() {
    Connection first = add().orElseThrow();
    connections.drain();
    assertEquals(503, connections.beginStream(first));
    connections.beginClosing();
    assertEquals(Optional.empty(), add());
  }
}
