package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.io.IOException;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The end of a stream reaches a client that is still sending. */
@Timeout(60)
class StreamEndIT {
  private static final String STREAM =
      "GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n";

  enum Kind {
    SELECTED,
    BLOCKING,
    TLS
  }

  private final SelfSigned certificate = new SelfSigned();

  private SseServer start(Kind kind, Broker broker) throws IOException {
    SseServer.Builder builder =
        SseServer.builder(broker, request -> Decision.stream("ticker"))
            .port(0)
            .blocking(kind == Kind.BLOCKING);
    return kind == Kind.TLS ? builder.tls(certificate.ofServer()).start() : builder.start();
  }

  private RawClient client(Kind kind, SseServer server) throws IOException {
    RawClient plain = new RawClient(server);
    if (kind != Kind.TLS) {
      return plain;
    }
    SSLSocket socket =
        (SSLSocket)
            certificate
                .ofClients()
                .createSocket(plain.socket, "localhost", plain.socket.getPort(), true);
    socket.startHandshake();
    return new RawClient(socket);
  }

  /**
   * RFC 9112 §9.6: bytes that arrive at a closed socket reset the connection, and the reset
   * destroys what the client has not read yet.
   */
  @ParameterizedTest
  @EnumSource
  void clientThatSendsDuringItsStreamReceivesTheEnd(Kind kind) throws Exception {
    for (int run = 0; run < 4; run++) {
      try (Broker one = Broker.builder().historyEvents(0).queueBytes(1 << 30).open();
          SseServer server = start(kind, one);
          RawClient client = client(kind, server).send(STREAM).awaitStream()) {
        for (int i = 0; i < 16; i++) {
          one.publish("ticker", Event.of("x".repeat(16 * 1024)));
        }
        one.publish("ticker", Event.of("last"));
        assertTrue(one.close(Duration.ofSeconds(10)));
        for (int i = 0; i < 20; i++) {
          client.send("x".repeat(1000));
        }
        String body = client.readToEnd();
        assertTrue(body.contains("data: last\n\n"), "the last event is missing");
        assertTrue(body.endsWith("\r\n0\r\n\r\n"), "the last chunk is missing");
      }
    }
  }
}
