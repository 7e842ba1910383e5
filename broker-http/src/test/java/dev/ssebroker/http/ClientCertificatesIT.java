package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients with and without a certificate, at servers that want one, need one, or do not ask. */
@Timeout(60)
class ClientCertificatesIT {
  private final HeldCertificate authority = authority("authority");
  private final HeldCertificate otherAuthority = authority("other authority");
  private final HeldCertificate ofServer =
      new HeldCertificate.Builder().addSubjectAlternativeName("localhost").build();
  private final HeldCertificate known = client("known", authority);
  private final HeldCertificate unknown = client("unknown", otherAuthority);
  private final Broker broker = Broker.open();
  private final RecordedLog log = new RecordedLog();

  @TempDir Path directory;

  private Path pem = Path.of("");
  private Path authorities = Path.of("");

  @BeforeEach
  void write() throws IOException {
    pem =
        Files.writeString(
            directory.resolve("server.pem"),
            ofServer.certificatePem() + ofServer.privateKeyPkcs8Pem());
    authorities = Files.writeString(directory.resolve("ca.pem"), authority.certificatePem());
  }

  @AfterEach
  void close() {
    broker.close();
    log.close();
  }

  private static HeldCertificate authority(String name) {
    return new HeldCertificate.Builder().commonName(name).certificateAuthority(0).build();
  }

  private static HeldCertificate client(String name, HeldCertificate issuer) {
    return new HeldCertificate.Builder().commonName(name).signedBy(issuer).build();
  }

  /** Answers with the name that the handler and the authorizer see. */
  private SseServer start(Tls tls) throws IOException {
    return SseServer.builder(broker, request -> Decision.answer("text/plain", name(request)))
        .port(0)
        .publishing("/topics/")
        .authorizer((request, access, topics) -> {
          return name(request).equals("CN=known")
              ? Permission.granted(topics)
              : Permission.refused(403);
        })
        .tls(tls)
        .start();
  }

  private static String name(Request request) {
    return request
        .clientCertificate()
        .map(certificate -> certificate.getSubjectX500Principal().getName())
        .orElse("nobody");
  }

  private SSLContext contextOf(HeldCertificate... held) {
    HandshakeCertificates.Builder builder =
        new HandshakeCertificates.Builder().addTrustedCertificate(ofServer.certificate());
    for (HeldCertificate one : held) {
      builder.heldCertificate(one, authority.certificate());
    }
    return builder.build().sslContext();
  }

  /** Sends the certificate although the server does not list its issuer. */
  private SSLContext insistent(HeldCertificate held, X509Certificate... others)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    HandshakeCertificates trusted =
        new HandshakeCertificates.Builder().addTrustedCertificate(ofServer.certificate()).build();
    context.init(
        new KeyManager[] {new OneKey(held, others)},
        new TrustManager[] {trusted.trustManager()},
        null);
    return context;
  }

  private static final class OneKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "one";
    private final HeldCertificate held;
    private final X509Certificate[] chain;

    OneKey(HeldCertificate held, X509Certificate... others) {
      this.held = held;
      this.chain =
          Stream.concat(Stream.of(held.certificate()), Stream.of(others))
              .toArray(X509Certificate[]::new);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
      return ALIAS;
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
      return new String[0];
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return chain;
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return held.keyPair().getPrivate();
    }
  }

  private static String exchange(SseServer server, SSLContext context, String request)
      throws IOException {
    Socket plain = new Socket(server.address().getAddress(), server.port());
    try (RawClient client =
        new RawClient(
            context.getSocketFactory().createSocket(plain, "localhost", server.port(), true))) {
      client.send(request + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
      client.send(request.startsWith("POST") ? "Content-Length: 1\r\n\r\nx" : "\r\n");
      String answer = client.readToEnd();
      return answer.substring(9, 13) + answer.substring(answer.lastIndexOf('\n') + 1);
    }
  }

  private static String get(SseServer server, SSLContext context) throws IOException {
    return exchange(server, context, "GET /");
  }

  private void assertRefused(SseServer server, SSLContext context, String reason) throws Exception {
    assertThrows(IOException.class, () -> get(server, context));
    String line = log.next();
    assertTrue(line.startsWith("INFO: The TLS handshake with 127.0.0.1 failed: "), line);
    assertTrue(line.contains(reason), line);
  }

  @Test
  void handlerAndAuthorizerSeeTheCertificateThatIsNeeded() throws Exception {
    try (SseServer server = start(Tls.pem(pem, pem).needClientCertificates(authorities))) {
      SSLContext client = contextOf(known);
      assertEquals("200 CN=known", get(server, client));
      assertEquals("200 CN=known", get(server, client), "from a session that is resumed");
      assertTrue(exchange(server, client, "POST /topics/a").startsWith("200 "));
      assertTrue(log.isEmpty());
    }
  }

  /** The session has every certificate that the client has sent. */
  @Test
  void certificateIsTheOneWhoseKeyTheClientHas() throws Exception {
    SSLContext client = insistent(known, unknown.certificate());
    try (SseServer server = start(Tls.pem(pem, pem).needClientCertificates(authorities))) {
      assertEquals("200 CN=known", get(server, client));
    }
  }

  @Test
  void clientWithoutTheCertificateThatIsNeededIsRefused() throws Exception {
    try (SseServer server = start(Tls.pem(pem, pem).needClientCertificates(authorities))) {
      assertRefused(server, contextOf(), "mpty client certificate chain");
      assertEquals("200 CN=known", get(server, contextOf(known)));
    }
  }

  @Test
  void clientWithoutTheCertificateThatIsWantedIsServed() throws Exception {
    try (SseServer server = start(Tls.pem(pem, pem).wantClientCertificates(authorities))) {
      assertEquals("200 nobody", get(server, contextOf()));
      assertEquals("200 CN=known", get(server, contextOf(known)));
      assertTrue(exchange(server, contextOf(), "POST /topics/a").startsWith("403 "));
    }
  }

  @Test
  void certificateOfAnotherAuthorityIsRefused() throws Exception {
    SSLContext insistent = insistent(unknown);
    try (SseServer server = start(Tls.pem(pem, pem).needClientCertificates(authorities))) {
      assertRefused(server, insistent, "unable to find valid certification path");
    }
    try (SseServer server = start(Tls.pem(pem, pem).wantClientCertificates(authorities))) {
      assertRefused(server, insistent, "unable to find valid certification path");
    }
  }

  @Test
  void expiredCertificateIsRefused() throws Exception {
    long now = System.currentTimeMillis();
    HeldCertificate expired =
        new HeldCertificate.Builder()
            .commonName("expired")
            .signedBy(authority)
            .validityInterval(now - TimeUnit.DAYS.toMillis(2), now - TimeUnit.DAYS.toMillis(1))
            .build();
    try (SseServer server = start(Tls.pem(pem, pem).needClientCertificates(authorities))) {
      assertRefused(server, insistent(expired), "validity check failed");
    }
  }

  /** The file may have several, and a client of an authority that was removed is refused. */
  @Test
  void authoritiesAreReloaded() throws Exception {
    SSLContext client = insistent(known);
    try (SseServer server = start(Tls.pem(pem, pem).needClientCertificates(authorities))) {
      assertEquals("200 CN=known", get(server, client));

      Files.writeString(authorities, otherAuthority.certificatePem() + authority.certificatePem());
      assertEquals("200 CN=known", get(server, client));
      assertEquals("200 CN=unknown", get(server, insistent(unknown)));
      assertTrue(log.next().endsWith("was reloaded"));

      Files.writeString(authorities, "only\n" + otherAuthority.certificatePem());
      assertThrows(IOException.class, () -> get(server, client));
      assertTrue(log.next().endsWith("was reloaded"));
      assertTrue(log.next().contains("unable to find valid certification path"));
    }
  }

  @Test
  void certificateThatNobodyAskedForIsNotSent() throws Exception {
    try (SseServer server = start(Tls.pem(pem, pem))) {
      assertEquals("200 nobody", get(server, contextOf(known)));
    }
  }

  @Test
  void trustManagerOfAContextDecides() throws Exception {
    SSLContext context =
        new HandshakeCertificates.Builder()
            .heldCertificate(ofServer)
            .addTrustedCertificate(authority.certificate())
            .build()
            .sslContext();
    try (SseServer server = start(Tls.of(context).needClientCertificates())) {
      assertEquals("200 CN=known", get(server, contextOf(known)));
      assertThrows(IOException.class, () -> get(server, contextOf()));
    }
    try (SseServer server = start(Tls.of(context).wantClientCertificates())) {
      assertEquals("200 CN=known", get(server, contextOf(known)));
      assertEquals("200 nobody", get(server, contextOf()));
    }
  }
}
