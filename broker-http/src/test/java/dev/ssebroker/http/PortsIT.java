package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The addresses on which a server listens. */
class PortsIT {
  private final Broker broker = Broker.open();

  private SseServer.Builder builder() {
    return SseServer.builder(broker, request -> Decision.answer("text/plain", "a page")).port(0);
  }

  @Test
  void localhostIsEveryLoopbackAddressOfItsName() throws Exception {
    List<InetAddress> served = new ArrayList<>();
    try (broker;
        SseServer server = builder().host("localhost").start()) {
      for (InetAddress address : InetAddress.getAllByName("localhost")) {
        if (NetworkInterface.getByInetAddress(address) != null) {
          try (RawClient client = new RawClient(new Socket(address, server.port())).get("/")) {
            assertTrue(client.readToEnd().endsWith("a page"));
          }
          served.add(address);
        }
      }
    }
    assertTrue(served.stream().anyMatch(Inet4Address.class::isInstance), served.toString());
  }

  @Test
  void failureNamesHostAndPort() throws Exception {
    try (broker;
        SseServer first = builder().start()) {
      BindException taken =
          assertThrows(BindException.class, () -> builder().port(first.port()).start());
      assertEquals(
          "cannot listen on localhost:" + first.port() + ": Address already in use",
          taken.getMessage());
      BindException admin =
          assertThrows(
              BindException.class, () -> builder().admin("127.0.0.1", first.port()).start());
      assertEquals(
          "cannot listen on 127.0.0.1:" + first.port() + ": Address already in use",
          admin.getMessage());
      BindException elsewhere =
          assertThrows(BindException.class, () -> builder().host("192.0.2.1").start());
      assertTrue(
          elsewhere.getMessage().startsWith("cannot listen on 192.0.2.1:0: "),
          elsewhere.getMessage());
      assertThrows(UnknownHostException.class, () -> builder().host("unknown.invalid").start());
    }
  }

  /** What was bound before the failure is closed. */
  @Test
  void portIsFreeAfterTheAdminPortCouldNotBeBound() throws Exception {
    try (broker;
        SseServer first = builder().start()) {
      int free;
      try (SseServer second = builder().start()) {
        free = second.port();
      }
      assertThrows(
          BindException.class, () -> builder().port(free).admin("127.0.0.1", first.port()).start());
      try (SseServer third = builder().port(free).start()) {
        assertEquals(free, third.port());
      }
    }
  }
}
