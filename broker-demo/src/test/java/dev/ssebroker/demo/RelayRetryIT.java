package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.demo.ScriptedUpstream.Peer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the relay reports a lost upstream, and when it reconnects. */
@Timeout(60)
class RelayRetryIT extends RelayedStream {
  RelayRetryIT() throws Exception {}

  @ParameterizedTest
  @CsvSource({
    "500 Oops, text/event-stream, it answers 500",
    "404 Gone, text/plain, it answers 404",
    "200 OK, text/html, it answers with the content type text/html instead of text/event-stream",
  })
  void wrongResponseIsReportedAndRetried(String status, String type, String error)
      throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(
            "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: 9\r\n\r\ndata: x\n\n"
                .formatted(status, type));
        assertStates("connecting");
        assertState(
            "waiting",
            "{\"url\":\"%s\",\"state\":\"waiting\",\"error\":\"%s\",\"retryInMillis\":450,\"relayed\":0}"
                .formatted(upstream.url(), error));
      }
      timer.runNextAttempt();
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "data: a\n\n");
        assertStates("connecting", "open");
        assertReceived("a");
        closeRelay();
      }
    }
    assertTrue(log().startsWith("Lost the relay's upstream URL: " + error), log());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Content-Type: text/event-stream\r\n"})
  void noContentEndsTheRelay(String field) throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send("HTTP/1.1 204 No Content\r\n" + field + "\r\n");
        assertStates("connecting", "ended");
      }
      assertTrue(timer.isIdle());
      assertFalse(upstream.hasMore());
      closeRelay();
    }
    assertEquals("The relay of URL has ended: the upstream answers 204\n", log());
  }

  @Test
  void silentConnectionIsAbandoned() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url(), Duration.ofSeconds(1));
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM + "data: a\n\n");
        assertStates("connecting", "open");
        assertReceived("a");
        assertTrue(assertState("waiting").contains("\"error\":\"it was silent for 1.0 s\""));
        peer.awaitEnd();
      }
      timer.runNextAttempt();
      upstream.next().close();
    }
  }

  @Test
  void retryOfTheUpstreamIsAddedToTheBackoff() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      upstream.next().send(ScriptedUpstream.STREAM + "retry: 7000\n\n").close();
      assertEquals(Duration.ofMillis(7450), timer.runNextAttempt());
      upstream.next().close();
      assertEquals(Duration.ofMillis(7900), timer.runNextAttempt());
      closeRelay();
    }
  }

  @Test
  void onlyAHealthyConnectionResetsTheBackoff() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      upstream.next().send(ScriptedUpstream.STREAM).close();
      assertEquals(Duration.ofMillis(450), timer.runNextAttempt());
      upstream.next().send(ScriptedUpstream.STREAM).close();
      assertEquals(Duration.ofMillis(900), timer.runNextAttempt());
      upstream.next().send(ScriptedUpstream.STREAM + "data: a\n\n").close();
      assertEquals(Duration.ofMillis(450), timer.runNextAttempt());
      assertReceived("a");
      upstream.next().send(ScriptedUpstream.STREAM).close();
      assertEquals(Duration.ofMillis(900), timer.runNextAttempt());
      assertStates("connecting", "open", "waiting", "connecting", "open", "waiting");
      assertStates("connecting", "open", "waiting", "connecting", "open", "waiting");
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM);
        assertStates("connecting", "open");
        timer.advance(Backoff.MAX_BOUND);
      }
      assertEquals(Duration.ofMillis(450), timer.runNextAttempt());
      closeRelay();
    }
  }

  @Test
  void lastingProblemIsLoggedOnceAMinute() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      Duration passed = Duration.ZERO;
      while (passed.compareTo(Duration.ofMinutes(5)) < 0) {
        upstream.next().send("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        passed = passed.plus(timer.runNextAttempt());
      }
      closeRelay();
    }
    assertTrue(log().lines().count() <= 6, log());
    assertTrue(log().lines().count() >= 4, log());
    assertTrue(log().contains("(8 times since the last message): it answers 503."), log());
  }
}
