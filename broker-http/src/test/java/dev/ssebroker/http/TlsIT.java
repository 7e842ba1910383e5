package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import okhttp3.ConnectionSpec;
import okhttp3.Handshake;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.TlsVersion;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server with a loaded context, and OkHttp, which trusts the root only. */
class TlsIT {
  private final HeldCertificate root =
      new HeldCertificate.Builder().commonName("root").certificateAuthority(1).build();
  private final HeldCertificate middle =
      new HeldCertificate.Builder()
          .commonName("middle")
          .certificateAuthority(0)
          .signedBy(root)
          .build();

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "RSA, TLS_1_3",
    "RSA, TLS_1_2",
    "EC, TLS_1_3",
    "EC, TLS_1_2",
    "Ed25519, TLS_1_3",
    "Ed25519, TLS_1_2"
  })
  void clientThatTrustsTheRootIsServed(String algorithm, TlsVersion version) throws Exception {
    HeldCertificate leaf =
        builder(algorithm).addSubjectAlternativeName("localhost").signedBy(middle).build();
    Tls tls =
        Tls.pem(
            Files.writeString(
                directory.resolve("chain.pem"), leaf.certificatePem() + middle.certificatePem()),
            Files.writeString(directory.resolve("key.pem"), leaf.privateKeyPkcs8Pem()));

    try (Broker broker = Broker.open();
        SseServer server =
            SseServer.builder(broker, request -> Decision.answer("text/plain", "hello"))
                .port(0)
                .tls(tls)
                .start()) {
      Request request =
          new Request.Builder().url("https://localhost:" + server.port() + "/").build();
      try (Response response = client(version).newCall(request).execute()) {
        Handshake handshake = Objects.requireNonNull(response.handshake());

        assertEquals("hello", response.body().string());
        assertEquals(version, handshake.tlsVersion());
        assertEquals(
            List.of(leaf.certificate(), middle.certificate(), root.certificate()),
            handshake.peerCertificates());
      }
    }
  }

  /** RFC 8996: neither TLS 1.0 nor 1.1. The client offers one cipher that both have. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void obsoleteVersionIsRefused(int minor) throws Exception {
    HeldCertificate leaf = builder("RSA").addSubjectAlternativeName("localhost").build();
    Path file =
        Files.writeString(
            directory.resolve("both.pem"), leaf.certificatePem() + leaf.privateKeyPkcs8Pem());
    String hello = "\3" + (char) minor + "x".repeat(32) + "\0\0\2\0\57\1\0";
    String message = "\1\0\0" + (char) hello.length() + hello;
    try (Broker broker = Broker.open();
        SseServer server =
            SseServer.builder(broker, StreamHandler.topicsUnder("/"))
                .port(0)
                .tls(Tls.pem(file, file))
                .start();
        RawClient client = new RawClient(server)) {
      client.send("\26\3\1\0" + (char) message.length() + message);
      byte[] alert = client.socket.getInputStream().readAllBytes();
      assertEquals(7, alert.length);
      // A fatal alert: protocol_version (RFC 5246 §7.2).
      assertArrayEquals(new byte[] {21, 2, 70}, new byte[] {alert[0], alert[5], alert[6]});
    }
  }

  /** RFC 7301 §3.2: the server chooses. curl offers http/1.0 with its option of that name. */
  @ParameterizedTest
  @CsvSource({"h2 http/1.1, http/1.1", "http/1.0 http/1.1, http/1.1", "http/1.0, http/1.0"})
  void serverChoosesItsProtocol(String offered, String chosen) throws Exception {
    try (Broker broker = Broker.open();
        SseServer server = hello(broker);
        SSLSocket client = offer(server, offered.split(" ", -1))) {
      client.startHandshake();

      assertEquals(chosen, client.getApplicationProtocol());
      assertTrue(new RawClient(client).get("/").readToEnd().endsWith("hello"));
    }
  }

  @Test
  void clientThatOffersNoProtocolIsServed() throws Exception {
    try (Broker broker = Broker.open();
        SseServer server = hello(broker);
        SSLSocket client = offer(server)) {
      client.startHandshake();

      assertEquals("", client.getApplicationProtocol());
      assertTrue(new RawClient(client).get("/").readToEnd().endsWith("hello"));
    }
  }

  /** RFC 7301 §3.2: a fatal alert, no_application_protocol. */
  @ParameterizedTest
  @ValueSource(strings = {"h2", "h3", "acme-tls/1"})
  void clientThatOffersOtherProtocolsOnlyIsRefused(String offered) throws Exception {
    try (Broker broker = Broker.open();
        SseServer server = hello(broker);
        SSLSocket client = offer(server, offered)) {
      SSLException refusal = assertThrows(SSLException.class, client::startHandshake);

      assertEquals(
          "(no_application_protocol) Received fatal alert: no_application_protocol",
          refusal.getMessage());
    }
  }

  private SseServer hello(Broker broker) throws Exception {
    HeldCertificate leaf =
        builder("EC").addSubjectAlternativeName("localhost").signedBy(root).build();
    Path file =
        Files.writeString(
            directory.resolve("both.pem"), leaf.certificatePem() + leaf.privateKeyPkcs8Pem());
    return SseServer.builder(broker, request -> Decision.answer("text/plain", "hello"))
        .port(0)
        .tls(Tls.pem(file, file))
        .start();
  }

  private SSLSocket offer(SseServer server, String... protocols) throws IOException {
    Socket plain = new Socket(server.address().getAddress(), server.port());
    SSLSocket client =
        (SSLSocket)
            new HandshakeCertificates.Builder()
                .addTrustedCertificate(root.certificate())
                .build()
                .sslSocketFactory()
                .createSocket(plain, "localhost", server.port(), true);
    SSLParameters parameters = client.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    client.setSSLParameters(parameters);
    return client;
  }

  private static HeldCertificate.Builder builder(String algorithm) throws GeneralSecurityException {
    HeldCertificate.Builder builder = new HeldCertificate.Builder();
    return switch (algorithm) {
      case "RSA" -> builder.rsa2048();
      case "EC" -> builder.ecdsa256();
      default -> builder.keyPair(KeyPairGenerator.getInstance(algorithm).generateKeyPair());
    };
  }

  private OkHttpClient client(TlsVersion version) {
    HandshakeCertificates trusted =
        new HandshakeCertificates.Builder().addTrustedCertificate(root.certificate()).build();
    return new OkHttpClient.Builder()
        .sslSocketFactory(trusted.sslSocketFactory(), trusted.trustManager())
        .connectionSpecs(
            List.of(
                new ConnectionSpec.Builder(ConnectionSpec.MODERN_TLS).tlsVersions(version).build()))
        .callTimeout(Duration.ofSeconds(10))
        .build();
  }
}
