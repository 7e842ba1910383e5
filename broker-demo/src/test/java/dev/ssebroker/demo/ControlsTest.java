package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.EventLogException;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The responses of the controls when the demo cannot make the change. */
class ControlsTest {
  private final Broker served = Broker.open();
  private final Broker controlled = Broker.open();
  private final Crowd crowd =
      new Crowd(new Log(new PrintWriter(Writer.nullWriter())), new Latency(new PublishTimes()));
  private final Ticker ticker = Ticker.start("test-ticker", Duration.ofHours(1), () -> {});
  private final SseServer server;

  ControlsTest() throws IOException {
    Controls controls =
        new Controls(
            new Guard(Optional.empty(), true),
            controlled,
            crowd,
            ticker,
            () -> {
              throw new EventLogException("the log is unavailable");
            },
            "ticker");
    server =
        SseServer.builder(served, new Site("ticker"))
            .port(0)
            .handle("POST", "/clients", controls::clients)
            .handle("POST", "/ticker", controls::ticker)
            .start();
  }

  @AfterEach
  void close() {
    server.close();
    crowd.close();
    ticker.close();
    controlled.close();
    served.close();
  }

  private String post(String path) throws IOException {
    return RawRequest.send(
        server,
        "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            .formatted(path));
  }

  private static void assertUnavailable(String line, String answer) {
    assertTrue(answer.startsWith("HTTP/1.1 503 "), answer);
    assertEquals(line + "\n", answer.substring(answer.indexOf("\r\n\r\n") + 4));
  }

  @Test
  void burstIsRefusedWithTheReasonWhileTheLogIsUnavailable() throws Exception {
    assertUnavailable("503 the log is unavailable", post("/ticker?burst=1"));
  }

  @Test
  void intervalCanBeChangedWhileTheLogIsUnavailable() throws Exception {
    String answer = post("/ticker?interval=10ms");

    assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    assertEquals(Duration.ofMillis(10), ticker.interval());
  }

  @Test
  void clientsAreNotOpenedOnceTheBrokerIsClosed() throws Exception {
    controlled.close();

    assertUnavailable("503 Service Unavailable", post("/clients?count=1&kind=fast"));
    assertEquals(0, crowd.counts().get(ClientKind.FAST));
  }
}
