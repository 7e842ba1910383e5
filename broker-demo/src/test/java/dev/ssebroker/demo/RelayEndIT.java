package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.demo.ScriptedUpstream.Peer;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The start and the end of a relay. */
@Timeout(60)
class RelayEndIT extends RelayedStream {
  RelayEndIT() throws Exception {}

  @Test
  void nothingIsPublishedOnceTheRelayIsClosed() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      Relay closed = relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "data: a\n\n");
        assertReceived("a");
        closed.close();
        long published = broker.stats().events().published();
        peer.awaitEnd();
        assertStates("connecting", "open", "ended");
        assertEquals(published, broker.stats().events().published());
        closed.close();
      }
      assertTrue(timer.isIdle());
    }
  }

  @Test
  void closedBrokerEndsTheRelay() throws Exception {
    Broker local = Broker.open();
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay = start(upstream.url(), Relay.SILENCE, local);
      try (Peer peer = upstream.next()) {
        local.close();
        peer.send(ScriptedUpstream.STREAM + "data: a\n\n");
        peer.awaitEnd();
      }
    }
    closeRelay();
    assertTrue(log().endsWith("The relay of URL has ended: the broker is closed\n"), log());
  }

  @Test
  void threadsAreDaemonsAndEndWithTheRelay() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      Relay running =
          Relay.start(HttpUrl.get(upstream.url()), TOPIC, broker, new Log(new PrintWriter(logged)));
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "data: a\n\n");
        assertReceived("a");
        List<Thread> threads =
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> isOfRelay(thread, peer))
                .toList();
        assertEquals(2, threads.size(), threads::toString);
        assertTrue(threads.stream().allMatch(Thread::isDaemon), threads::toString);
        running.close();
        for (Thread thread : threads) {
          assertTrue(thread.join(Duration.ofSeconds(10)), thread::getName);
        }
      }
    }
  }

  /** OkHttp names a thread after its current request. */
  private static boolean isOfRelay(Thread thread, Peer peer) {
    return thread.getName().equals("relay-timer")
        || thread.getName().startsWith("OkHttp http://127.0.0.1:" + peer.socket().getLocalPort());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a//b", "a/*", "**"})
  void invalidTopicIsRefused(String topic) {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Relay.start(
                HttpUrl.get("http://127.0.0.1/"), topic, broker, new Log(new PrintWriter(logged))));
  }
}
