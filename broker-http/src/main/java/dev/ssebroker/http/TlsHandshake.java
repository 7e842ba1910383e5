package dev.ssebroker.http;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/**
 * The server's side of a handshake.
 *
 * @param contexts gives each connection its context
 * @param clientAuthentication whether clients are asked for a certificate
 */
record TlsHandshake(Supplier<SSLContext> contexts, ClientAuthentication clientAuthentication)
    implements BlockingTransport.Handshake {

  /** What curl offers with its option for HTTP/1.0 is allowed as well (RFC 7301 §6). */
  private static final String[] PROTOCOLS = {"http/1.1", "http/1.0"};

  /** Whether clients are asked for a certificate. */
  enum ClientAuthentication {
    NONE,
    WANTED,
    NEEDED
  }

  @Override
  public Socket complete(Socket plain) throws IOException {
    SSLSocket secured =
        (SSLSocket)
            contexts
                .get()
                .getSocketFactory()
                .createSocket(plain, InputStream.nullInputStream(), true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setApplicationProtocols(PROTOCOLS);
    switch (clientAuthentication) {
      case NONE -> {}
      case WANTED -> parameters.setWantClientAuth(true);
      case NEEDED -> parameters.setNeedClientAuth(true);
    }
    secured.setSSLParameters(parameters);
    try {
      secured.startHandshake();
    } catch (SSLException e) {
      SseServer.LOG.log(
          level(e),
          "The TLS handshake with %s failed: %s"
              .formatted(plain.getInetAddress().getHostAddress(), e.getMessage()));
      throw e;
    }
    return secured;
  }

  /**
   * Strangers connect to every port. A server that asks for certificates knows its clients, so a
   * client that it refuses is worth a line, but not one that only disconnects.
   */
  private Level level(SSLException failure) {
    boolean refused = !(failure.getCause() instanceof IOException);
    return refused && clientAuthentication != ClientAuthentication.NONE ? Level.INFO : Level.DEBUG;
  }

  @Override
  public Optional<X509Certificate> clientCertificate(Socket secured) {
    return clientCertificate(((SSLSocket) secured).getSession());
  }

  /**
   * Returns the client's own certificate. The session has all that the client has sent, whether or
   * not they were needed to verify it.
   */
  static Optional<X509Certificate> clientCertificate(SSLSession session) {
    try {
      return Optional.of((X509Certificate) session.getPeerCertificates()[0]);
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty(); // The client sent none.
    }
  }
}
