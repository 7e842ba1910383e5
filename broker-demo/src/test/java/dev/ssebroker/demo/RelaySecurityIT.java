package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.demo.ScriptedUpstream.Peer;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Protection of a relay against its upstream, and of secrets. */
@Timeout(60)
class RelaySecurityIT extends RelayedStream {
  RelaySecurityIT() throws Exception {}

  @Test
  void eventThatIsTooLargeOrInvalidIsLoggedAndSkipped() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        peer.send(ScriptedUpstream.STREAM);
        peer.send("data: " + "x".repeat(Upstream.MAX_EVENT_BYTES) + "\n\ndata: a\n\n");
        assertReceived("a");
        peer.send("event: error\ndata: x\n\ndata: b\n\n");
        assertReceived("b");
        timer.advance(Duration.ofMinutes(1));
        peer.send("event: open\ndata: x\n\ndata: c\n\n");
        assertReceived("c");
        closeRelay();
      }
    }
    assertEquals(
        """
        Relaying URL to the topic live
        Skipped an event of the relay's upstream URL (1 so far): it has more than 8388608 bytes
        Skipped an event of the relay's upstream URL (3 so far): type 'open' is one of EventSource's \
        own events; choose another name
        """,
        log());
  }

  /** A few kilobytes of gzip can be megabytes; the limit applies to the inflated size. */
  @Test
  void eventThatIsTooLargeOnceInflatedIsSkipped() throws Exception {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write("data: ".getBytes(StandardCharsets.US_ASCII));
      byte[] part = "x".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < 32; i++) {
        gzip.write(part);
      }
      gzip.write("\n\ndata: a\n\n".getBytes(StandardCharsets.US_ASCII));
    }
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url());
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nAccept-Encoding: gzip\r\n"), peer.request());
        peer.send(
            ScriptedUpstream.STREAM.replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n"));
        peer.socket().getOutputStream().write(compressed.toByteArray());
        assertReceived("a");
        closeRelay();
      }
    }
    assertTrue(log().contains("(1 so far): it has more than 8388608 bytes"), log());
  }

  @ParameterizedTest
  @CsvSource({"user:secret, dXNlcjpzZWNyZXQ=", ":secret, OnNlY3JldA==", "user, dXNlcjo="})
  void credentialsAreSentButNeverShownAndNeitherIsTheQuery(String user, String basic)
      throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream()) {
      relay(upstream.url().replace("//", "//" + user + "@") + "?token=secret");
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().startsWith("GET /stream?token=secret HTTP/1.1\r\n"));
        assertTrue(peer.request().contains("\r\nAuthorization: Basic " + basic + "\r\n"));
        peer.send("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
        assertStates("connecting");
        assertTrue(assertState("waiting").startsWith("{\"url\":\"" + upstream.url() + "\","));
        closeRelay();
      }
    }
    assertFalse(logged.toString().contains("secret"), logged.toString());
  }

  @Test
  void credentialsAreNotSentToTheTargetOfARedirect() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream();
        ScriptedUpstream other = new ScriptedUpstream()) {
      relay(upstream.url().replace("//", "//user:secret@") + "?token=secret");
      try (Peer peer = upstream.next()) {
        assertTrue(peer.request().contains("\r\nAuthorization: "), peer.request());
        peer.send(
            "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + other.url() + "\r\n\r\n");
        try (Peer second = other.next()) {
          assertFalse(second.request().contains("Authorization"), second.request());
          assertFalse(second.request().contains("secret"), second.request());
          closeRelay();
        }
      }
    }
  }
}
