package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import okhttp3.ConnectionSpec;
import okhttp3.Handshake;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.TlsVersion;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    SSLContext context =
        Tls.pem(
            Files.writeString(
                directory.resolve("chain.pem"), leaf.certificatePem() + middle.certificatePem()),
            Files.writeString(directory.resolve("key.pem"), leaf.privateKeyPkcs8Pem()));

    try (ExecutorService server = Executors.newVirtualThreadPerTaskExecutor();
        SSLServerSocket listening =
            (SSLServerSocket)
                context
                    .getServerSocketFactory()
                    .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      listening.setSoTimeout(10_000);
      Future<String> served = server.submit(() -> serve(listening));
      Request request =
          new Request.Builder().url("https://localhost:" + listening.getLocalPort() + "/").build();
      try (Response response = client(version).newCall(request).execute()) {
        Handshake handshake = Objects.requireNonNull(response.handshake());

        assertEquals("hello", response.body().string());
        assertEquals(version, handshake.tlsVersion());
        assertEquals(
            List.of(leaf.certificate(), middle.certificate(), root.certificate()),
            handshake.peerCertificates());
      }
      assertEquals("GET / HTTP/1.1", served.get(10, TimeUnit.SECONDS));
    }
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

  /** One answer; returns the request line. */
  private static String serve(SSLServerSocket listening) throws IOException {
    try (SSLSocket socket = (SSLSocket) listening.accept()) {
      socket.setSoTimeout(10_000);
      BufferedReader reader =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      String requestLine = reader.readLine();
      String line = requestLine;
      while (line != null && !line.isEmpty()) {
        line = reader.readLine();
      }
      socket
          .getOutputStream()
          .write(
              "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
                  .getBytes(US_ASCII));
      return String.valueOf(requestLine);
    }
  }
}
