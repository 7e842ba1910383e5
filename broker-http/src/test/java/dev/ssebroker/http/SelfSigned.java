package dev.ssebroker.http;

import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** A certificate for {@code localhost}, for a server and for clients that trust it. */
final class SelfSigned {
  private final HeldCertificate held =
      new HeldCertificate.Builder().addSubjectAlternativeName("localhost").build();

  Tls ofServer() {
    return Tls.of(new HandshakeCertificates.Builder().heldCertificate(held).build().sslContext());
  }

  SSLSocketFactory ofClients() {
    return trusted().sslSocketFactory();
  }

  X509TrustManager trust() {
    return trusted().trustManager();
  }

  private HandshakeCertificates trusted() {
    return new HandshakeCertificates.Builder().addTrustedCertificate(held.certificate()).build();
  }
}
