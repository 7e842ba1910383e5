package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server whose PEM files change. All clients of a test share their TLS sessions. */
@Timeout(60)
class TlsReloadIT {
  private static final String STREAM = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";

  private final HeldCertificate root =
      new HeldCertificate.Builder().commonName("root").certificateAuthority(0).build();
  private final HeldCertificate first = leaf();
  private final HeldCertificate second = leaf();
  private final SSLSocketFactory clients =
      new HandshakeCertificates.Builder()
          .addTrustedCertificate(root.certificate())
          .build()
          .sslSocketFactory();
  private final Broker broker = Broker.open();
  private final RecordedLog log = new RecordedLog();

  @TempDir Path directory;

  private Path chain = Path.of("");
  private Path key = Path.of("");

  @BeforeEach
  void writeFirst() throws IOException {
    chain = replace("chain.pem", first.certificatePem());
    key = replace("key.pem", first.privateKeyPkcs8Pem());
  }

  @AfterEach
  void close() {
    broker.close();
    log.close();
  }

  private HeldCertificate leaf() {
    return new HeldCertificate.Builder()
        .addSubjectAlternativeName("localhost")
        .signedBy(root)
        .build();
  }

  /** Replaces a file as ACME clients do, in one step. */
  private Path replace(String name, String text) throws IOException {
    Path written = Files.writeString(directory.resolve(name + ".new"), text);
    return Files.move(
        written,
        directory.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private SseServer start(Path chain, Path key) throws IOException {
    return SseServer.builder(broker, request -> Decision.stream("ticker"))
        .port(0)
        .tls(Tls.pem(chain, key))
        .start();
  }

  private RawClient connect(SseServer server, String version) throws IOException {
    Socket plain = new Socket(server.address().getAddress(), server.port());
    SSLSocket secured = (SSLSocket) clients.createSocket(plain, "localhost", server.port(), true);
    secured.setEnabledProtocols(new String[] {version});
    secured.startHandshake();
    return new RawClient(secured);
  }

  /** Returns the server's certificate after a whole exchange, which leaves a session to resume. */
  private Certificate certificate(SseServer server, String version) throws IOException {
    try (RawClient client = connect(server, version).send(STREAM).awaitStream()) {
      return session(client).getPeerCertificates()[0];
    }
  }

  private static SSLSession session(RawClient client) {
    return ((SSLSocket) client.socket).getSession();
  }

  private Certificate certificate(SseServer server) throws IOException {
    return certificate(server, "TLSv1.3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void newConnectionGetsTheNewCertificateAndTheStreamGoesOn(String version) throws Exception {
    try (SseServer server = start(chain, key);
        RawClient stream = connect(server, version).send(STREAM).awaitStream()) {
      assertEquals(first.certificate(), certificate(server, version));

      replace("chain.pem", second.certificatePem());
      replace("key.pem", second.privateKeyPkcs8Pem());

      assertEquals(second.certificate(), certificate(server, version));
      assertEquals("INFO: The TLS certificate of '" + chain + "' was reloaded", log.next());
      broker.publish("ticker", Event.of("still here"));
      stream.readThrough("data: still here\n");
      assertEquals(second.certificate(), certificate(server, version));
      assertTrue(log.isEmpty());
    }
  }

  /** What a client stores in a session is there again when it resumes the session. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void sessionOfTheFormerCertificateIsNotResumed(String version) throws Exception {
    try (SseServer server = start(chain, key)) {
      try (RawClient client = connect(server, version)) {
        session(client).putValue("since", "first");
        client.send(STREAM).awaitStream();
      }
      try (RawClient client = connect(server, version).send(STREAM).awaitStream()) {
        assertEquals("first", session(client).getValue("since"));
      }
      replace("chain.pem", second.certificatePem());
      replace("key.pem", second.privateKeyPkcs8Pem());

      try (RawClient client = connect(server, version).send(STREAM).awaitStream()) {
        assertNull(session(client).getValue("since"));
        assertEquals(second.certificate(), session(client).getPeerCertificates()[0]);
      }
    }
  }

  @Test
  void filesMayBeOverwritten() throws Exception {
    String padded = "renewed\n" + second.certificatePem();
    try (SseServer server = start(chain, key)) {
      Files.writeString(chain, padded);
      Files.writeString(key, "renewed\n" + second.privateKeyPkcs8Pem());

      assertEquals(second.certificate(), certificate(server));
    }
  }

  /** Kubernetes changes the link of a directory above, certbot the link of the file. */
  @Test
  void linkOnTheWayToTheFilesMayChange() throws Exception {
    Path one = Files.createDirectory(directory.resolve("one"));
    Files.writeString(one.resolve("tls.crt"), first.certificatePem());
    Files.writeString(one.resolve("tls.key"), first.privateKeyPkcs8Pem());
    Path two = Files.createDirectory(directory.resolve("two"));
    Files.writeString(two.resolve("tls.crt"), second.certificatePem());
    Files.writeString(two.resolve("tls.key"), second.privateKeyPkcs8Pem());
    Path data = Files.createSymbolicLink(directory.resolve("..data"), Path.of("one"));
    Path certificate =
        Files.createSymbolicLink(directory.resolve("tls.crt"), Path.of("..data", "tls.crt"));
    Path privateKey =
        Files.createSymbolicLink(directory.resolve("tls.key"), Path.of("..data", "tls.key"));

    try (SseServer server = start(certificate, privateKey)) {
      assertEquals(first.certificate(), certificate(server));

      Path next = Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of("two"));
      Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

      assertEquals(second.certificate(), certificate(server));
    }
  }

  @Test
  void formerCertificateStaysUntilTheNewFilesFit() throws Exception {
    String unusable =
        "WARNING: The TLS files have changed and cannot be used, so the former certificate stays: ";
    try (SseServer server = start(chain, key)) {
      replace("chain.pem", second.certificatePem().substring(0, 100));
      assertEquals(first.certificate(), certificate(server));
      assertEquals(first.certificate(), certificate(server));
      String half = log.next();
      assertTrue(
          half.startsWith(
              unusable + "certificate file '" + chain + "': it has no certificate, but nothing"),
          half);

      replace("chain.pem", second.certificatePem());
      assertEquals(first.certificate(), certificate(server));
      String other = log.next();
      assertTrue(
          other.startsWith(
              unusable
                  + "private key file '"
                  + key
                  + "': its key does not match the first certificate of '"
                  + chain
                  + "'"),
          other);

      Files.delete(key);
      assertEquals(first.certificate(), certificate(server));
      String missing = log.next();
      assertTrue(
          missing.startsWith(unusable + "private key file '" + key + "': there is no such file"),
          missing);
      assertTrue(log.isEmpty());

      replace("key.pem", second.privateKeyPkcs8Pem());
      assertEquals(second.certificate(), certificate(server));
      assertEquals("INFO: The TLS certificate of '" + chain + "' was reloaded", log.next());
    }
  }
}
