package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which events are sent again, and which must not be, by what a server answers or does not. */
@Timeout(60)
class PublishAgainIT {
  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void fullServerIsAskedAgainWhenItSays(int status) throws Exception {
    try (RawServer server =
        new RawServer(
            "HTTP/1.1 " + status + " x\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
            RawServer.receipt())) {
      FakeTerminal shell = FakeTerminal.of("a");

      assertEquals(0, shell.run("publish", "--topic=news", "--url=" + server.url()));
      assertEquals(List.of(Duration.ofSeconds(7)), shell.pauses);
      assertEquals(
          List.of("Line 1: the server answered " + status + ". Trying again in 7s"),
          shell.err.list());
    }
  }

  /** It may have been published: only the user can know what to do. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 502 x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 x\r\nContent-Length: 58\r\n\r\n503 Redis does not answer; the event may have been stored\n"
      })
  void eventWhoseAnswerWasLostIsNotSentAgain(String answer) throws Exception {
    try (RawServer server = new RawServer(answer, RawServer.receipt())) {
      FakeTerminal shell = FakeTerminal.of("a\nb\n");

      assertEquals(1, shell.run("publish", "--topic=news", "--url=" + server.url()));
      assertEquals(1, server.requests.size());
      String line = shell.err.list().getLast();
      assertTrue(line.contains("the event may have been published or not"), line);
    }
  }

  @Test
  void lostAnswerOnAKeptConnectionIsNotSentAgainEither() throws Exception {
    try (RawServer server =
        new RawServer(RawServer.keptReceipt(), RawServer.receipt(), RawServer.receipt())) {
      FakeTerminal shell = FakeTerminal.of("a\nb\nc\n");

      assertEquals(1, shell.run("publish", "--topic=news", "--url=" + server.url()));
      assertEquals(2, server.requests.size());
      assertTrue(shell.err.list().getLast().startsWith("Line 2: the answer was lost"));
    }
  }

  @Test
  void eventWithAnIdIsSentAgainWhenItsAnswerWasLost() throws Exception {
    try (RawServer server = new RawServer("", RawServer.receipt())) {
      FakeTerminal shell = FakeTerminal.of("a");

      assertEquals(0, shell.run("publish", "--topic=news", "--id=x", "--url=" + server.url()));
      assertEquals(2, server.requests.size());
      assertTrue(server.requests.getLast().contains("\r\nEvent-Id: x-1\r\n"));
    }
  }

  @Test
  void redirectAndForeignAnswerAreNotTakenForReceipts() throws Exception {
    try (RawServer server =
        new RawServer(
            "HTTP/1.1 301 x\r\nLocation: https://b/\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\nhi")) {
      FakeTerminal moved = FakeTerminal.of("a");
      assertEquals(1, moved.run("publish", "--topic=news", "--url=" + server.url()));
      assertEquals(
          List.of("Line 1: the server redirects to https://b/ (301); give that server as --url"),
          moved.err.list());

      FakeTerminal other = FakeTerminal.of("a");
      assertEquals(1, other.run("publish", "--topic=news", "--url=" + server.url()));
      assertEquals(
          List.of(
              "Line 1: the answer of "
                  + server.url()
                  + "/publish/news is not a receipt; check --url"),
          other.err.list());
    }
  }
}
