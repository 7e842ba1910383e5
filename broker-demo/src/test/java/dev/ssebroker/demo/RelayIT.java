package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.demo.ScriptedUpstream.Peer;
import dev.ssebroker.http.SseServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A relay publishes every event once, with its id, wherever the connection breaks. */
@Timeout(60)
class RelayIT extends RelayedStream {
  RelayIT() throws Exception {}

  @Test
  void nothingIsLostOrDuplicatedWhenTheUpstreamRestarts() throws Exception {
    try (Broker source = Broker.open()) {
      SseServer upstream = serve(source, 0);
      relay(url(upstream));
      assertStates("connecting", "open");
      publish(source, 0, 100);
      assertReceived(0, 100);
      String id = source.publish("ticker", Event.of("tick", "100")).id();
      assertReceived(100, 101);
      assertEquals(id, clients.getFirst().lastId());

      upstream.close();
      assertStates("waiting");
      publish(source, 101, 200);
      try (SseServer again = serve(source, upstream.port())) {
        timer.runNextAttempt();
        assertStates("connecting", "open");
        assertReceived(101, 200);
        publish(source, 200, 300);
        assertReceived(200, 300);
        assertEquals(upstream.port(), again.port());
        timer.runResumeWindow();
        timer.runResumeWindow();
        closeRelay();
      }
    }
    assertEquals(
        """
        Relaying URL to the topic live
        Lost the relay's upstream URL: the upstream ended the stream. Retrying in TIME
        Reconnected to the relay's upstream URL: 199 events resumed, 0 duplicates skipped
        """,
        log());
  }

  @Test
  void restartedUpstreamIsAGapForClients() throws Exception {
    int port;
    try (Broker source = Broker.open();
        SseServer upstream = serve(source, 0)) {
      port = upstream.port();
      relay(url(upstream));
      assertStates("connecting", "open");
      publish(source, 0, 1);
      assertReceived(0, 1);
    }
    assertStates("waiting");
    try (Broker source = Broker.open();
        SseServer upstream = serve(source, port)) {
      publish(source, 1, 2);
      timer.runNextAttempt();
      assertStates("connecting", "open");
      assertReceived("upstream-gap: {\"missed\":null,\"reason\":\"restarted\"}");
      publish(source, 2, 3);
      // The history of the new upstream comes after the gap.
      assertReceived(1, 3);
      assertEquals(port, upstream.port());
      closeRelay();
    }
  }

  @Test
  void upstreamThatStartsLaterIsRelayed() throws Exception {
    try (Broker source = Broker.open()) {
      SseServer before = serve(source, 0);
      before.close();
      relay(url(before));
      for (int bound = 500; bound <= 4000; bound *= 2) {
        assertStates("connecting", "waiting");
        assertEquals(Duration.ofMillis((long) (JITTER * bound)), timer.runNextAttempt());
      }
      assertStates("connecting", "waiting");
      try (SseServer upstream = serve(source, before.port())) {
        timer.runNextAttempt();
        assertStates("connecting", "open");
        publish(source, 0, 3);
        assertReceived(0, 3);
        assertEquals(before.port(), upstream.port());
        closeRelay();
      }
    }
  }

  @Test
  void eventsThatTheUpstreamRepeatsAreSkipped() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      StringBuilder all = new StringBuilder(ScriptedUpstream.STREAM);
      for (int i = 0; i < 3; i++) {
        all.append("id: %d\ndata: event %d\n\n".formatted(i, i));
        try (Peer peer = upstream.next()) {
          assertEquals(i > 0, peer.request().contains("\r\nLast-Event-ID: " + (i - 1) + "\r\n"));
          peer.send(all.toString());
          assertReceived("event " + i);
        }
        timer.runNextAttempt();
      }
      Peer last = upstream.next();
      last.send(all + "id: 9\ndata: last\n\n");
      assertReceived("last");
      for (int connection = 0; connection < 4; connection++) {
        timer.runResumeWindow();
      }
      closeRelay();
      last.close();
    }
    assertTrue(log().endsWith(": 1 events resumed, 3 duplicates skipped\n"), log());
  }

  @Test
  void eventsWithoutAnIdAreAllRelayed() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "id: 1\ndata: a\n\ndata: a\n\ndata: a\n\ndata: b\n\n");
        assertReceived("a", "a", "a", "b");
      }
      timer.runNextAttempt();
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nLast-Event-ID: 1\r\n"), peer.request());
        closeRelay();
      }
    }
  }

  @Test
  void idThatTheBrokerRefusesIsStillSentAsUtf8() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "id: grüß dich\ndata: a\n\n");
        assertReceived("a");
      }
      timer.runNextAttempt();
      try (Peer peer = upstream.next()) {
        assertTrue(
            peer.request().contains("\r\nLast-Event-ID: gr\u00c3\u00bc\u00c3\u009f dich\r\n"),
            peer.request());
        closeRelay();
      }
    }
  }

  @Test
  void idThatIsNoFieldValueAndIdThatWasResetAreNotSent() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "id: 1\ndata: a\n\nid: \u0001\ndata: b\n\n");
        assertReceived("a", "b");
      }
      timer.runNextAttempt();
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nLast-Event-ID: 1\r\n"), peer.request());
        peer.send(ScriptedUpstream.STREAM + "id: 2\ndata: c\n\nid:\ndata: d\n\n");
        assertReceived("c", "d");
      }
      timer.runNextAttempt();
      try (Peer peer = upstream.next()) {
        assertFalse(peer.request().contains("Last-Event-ID"), peer.request());
        closeRelay();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"id: 2\ndata: half", "id: 2\ndata: half\n", "id: 2\nda", "id: 2\n"})
  void incompleteEventIsNotPublished(String part) throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.CHUNKED).chunk("id: 1\ndata: a\n\n").chunk(part);
        assertReceived("a");
      }
      timer.runNextAttempt();
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nLast-Event-ID: 1\r\n"), peer.request());
        // Again, with an end of the connection that is orderly for HTTP.
        peer.send(ScriptedUpstream.STREAM + "data: b\n\n" + part);
        assertReceived("b");
      }
      timer.runNextAttempt();
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "data: c\n\n");
        assertReceived("c");
        closeRelay();
      }
    }
  }
}
