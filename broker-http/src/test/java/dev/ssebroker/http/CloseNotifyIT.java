package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.Broker;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A client that closes its side of TLS, and what it then receives below TLS: the alert
 * close_notify, and the end of the connection (RFC 8446 §6.1). Java's own client would take an end
 * without the alert for the same.
 */
@Timeout(60)
class CloseNotifyIT {
  private final SelfSigned certificate = new SelfSigned();
  private final Broker broker = Broker.open();

  @AfterEach
  void close() {
    broker.close();
  }

  private SseServer start() throws IOException {
    return SseServer.builder(broker, request -> Decision.stream("ticker"))
        .port(0)
        .health()
        .tls(certificate.ofServer())
        .start();
  }

  /** The alert as a record: TLS 1.3 hides its type, and the JDK pads it with 16 bytes. */
  @ParameterizedTest
  @CsvSource({"TLSv1.3, 23, 35", "TLSv1.2, 21, 26"})
  void clientThatClosesItsStreamReceivesTheAlert(String version, int type, int length)
      throws Exception {
    try (SseServer server = start();
        Socket plain = connect(server);
        RawClient client = new RawClient(secure(plain, version))) {
      client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").awaitStream();

      assertAlert(client, plain, type, length);
    }
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.3, 23, 35", "TLSv1.2, 21, 26"})
  void clientThatClosesBetweenRequestsReceivesTheAlert(String version, int type, int length)
      throws Exception {
    try (SseServer server = start();
        Socket plain = connect(server);
        RawClient client = new RawClient(secure(plain, version))) {
      client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").readThrough("ok\n");

      assertAlert(client, plain, type, length);
    }
  }

  private static void assertAlert(RawClient client, Socket plain, int type, int length)
      throws IOException {
    client.socket.shutdownOutput();
    byte[] received = plain.getInputStream().readAllBytes();
    assertEquals(5 + length, received.length);
    assertEquals(
        List.of(type, 3, 3, 0, length),
        List.of(
            (int) received[0],
            (int) received[1],
            (int) received[2],
            (int) received[3],
            (int) received[4]));
  }

  private static Socket connect(SseServer server) throws IOException {
    return new Socket(server.address().getAddress(), server.port());
  }

  private SSLSocket secure(Socket plain, String version) throws IOException {
    SSLSocket client =
        (SSLSocket) certificate.ofClients().createSocket(plain, "localhost", plain.getPort(), true);
    client.setEnabledProtocols(new String[] {version});
    client.setEnabledCipherSuites(
        new String[] {"TLS_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"});
    client.startHandshake();
    return client;
  }
}
