package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which events are retried, and which must not be, depending on the response. */
@Timeout(60)
class PublishRetryIT {
  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void fullServerIsRetriedAfterTheDelayItRequests(int status) throws Exception {
    try (RawServer server =
        new RawServer(
            "HTTP/1.1 " + status + " x\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
            RawServer.receipt())) {
      FakeTerminal shell = FakeTerminal.of("a");

      assertEquals(0, shell.run("publish", "--topic=news", "--url=" + server.url()));
      assertEquals(List.of(Duration.ofSeconds(7)), shell.pauses);
      assertEquals(
          List.of("Line 1: the server answered " + status + ". Retrying in 7s"), shell.err.list());
    }
  }

  /** The event may have been published, so the user must decide. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 502 x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 x\r\nContent-Length: 58\r\n\r\n503 Redis does not answer; the event may have been stored\n"
      })
  void eventIsNotRetriedAfterALostResponse(String answer) throws Exception {
    try (RawServer server = new RawServer(answer, RawServer.receipt())) {
      FakeTerminal shell = FakeTerminal.of("a\nb\n");

      assertEquals(1, shell.run("publish", "--topic=news", "--url=" + server.url()));
      assertEquals(1, server.requests.size());
      String line = shell.err.list().getLast();
      assertTrue(line.contains("the event may have been published"), line);
    }
  }

  @Test
  void eventIsNotRetriedAfterALostResponseOnAPooledConnection() throws Exception {
    try (RawServer server =
        new RawServer(RawServer.keptReceipt(), RawServer.receipt(), RawServer.receipt())) {
      FakeTerminal shell = FakeTerminal.of("a\nb\nc\n");

      assertEquals(1, shell.run("publish", "--topic=news", "--url=" + server.url()));
      assertEquals(2, server.requests.size());
      assertTrue(shell.err.list().getLast().startsWith("Line 2: the response was lost"));
    }
  }

  @Test
  void eventWithAnIdIsRetriedAfterALostResponse() throws Exception {
    try (RawServer server = new RawServer("", RawServer.receipt())) {
      FakeTerminal shell = FakeTerminal.of("a");

      assertEquals(0, shell.run("publish", "--topic=news", "--id=x", "--url=" + server.url()));
      assertEquals(2, server.requests.size());
      assertTrue(server.requests.getLast().contains("\r\nEvent-Id: x-1\r\n"));
    }
  }

  @Test
  void redirectAndForeignResponseAreNoReceipts() throws Exception {
    try (RawServer server =
        new RawServer(
            "HTTP/1.1 301 x\r\nLocation: https://b/\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\nhi")) {
      FakeTerminal redirected = FakeTerminal.of("a");
      assertEquals(1, redirected.run("publish", "--topic=news", "--url=" + server.url()));
      assertEquals(
          List.of("Line 1: the server redirects to https://b/ (301); use that address as --url"),
          redirected.err.list());

      FakeTerminal other = FakeTerminal.of("a");
      assertEquals(1, other.run("publish", "--topic=news", "--url=" + server.url()));
      assertEquals(
          List.of(
              "Line 1: the response of "
                  + server.url()
                  + "/publish/news is not a receipt; check --url"),
          other.err.list());
    }
  }
}
