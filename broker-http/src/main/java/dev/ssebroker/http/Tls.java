package dev.ssebroker.http;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * How a server serves HTTPS: its certificate and key, and whether it asks clients for certificates.
 * Immutable; several servers may use one.
 *
 * <p>Files are followed: when one changes, new connections get what it contains, and open
 * connections go on. A server looks at the files at each handshake. It follows symbolic links as
 * well, so it does not matter how a file is replaced. While the new files cannot be used, for
 * example because only one of certificate and key has been written, the server keeps the former
 * certificate, and the log has a warning that names what is wrong.
 *
 * <p>A server allows TLS 1.2 and TLS 1.3, unless the JDK or the context is configured otherwise. By
 * ALPN (RFC 7301) it chooses {@code http/1.1}. It refuses a client that offers only other
 * protocols, such as {@code h2}. A client may offer none.
 */
public final class Tls {
  private final Supplier<SSLContext> contexts;
  private final Optional<TlsFiles> files;
  private final TlsHandshake.ClientAuthentication clientAuthentication;

  private Tls(
      Supplier<SSLContext> contexts,
      Optional<TlsFiles> files,
      TlsHandshake.ClientAuthentication clientAuthentication) {
    this.contexts = contexts;
    this.files = files;
    this.clientAuthentication = clientAuthentication;
  }

  /**
   * Loads a certificate with its chain, and its key, in the format of ACME clients and {@code
   * openssl} (RFC 7468). One file may contain both; other content of a file is ignored. This method
   * does not check whether the certificate has expired or is trusted, because clients decide that.
   * Blocks while it reads.
   *
   * @param certificateChain X.509 certificates, {@code BEGIN CERTIFICATE}: the server's own first,
   *     then the one that issued it, and so on (RFC 8446 §4.4.2)
   * @param privateKey one key, {@code BEGIN PRIVATE KEY} (PKCS#8, not encrypted), for RSA, EC or
   *     Ed25519
   * @return TLS without client certificates
   * @throws IOException if a file cannot be read; the message names it
   * @throws IllegalArgumentException if the content of a file is invalid, or if the key does not
   *     match the first certificate; the message names the file, what it contains and what is
   *     allowed, and never shows a part of a key
   */
  public static Tls pem(Path certificateChain, Path privateKey) throws IOException {
    return ofFiles(
        new TlsFiles(certificateChain, privateKey, Optional.empty()),
        TlsHandshake.ClientAuthentication.NONE);
  }

  /**
   * Uses a context of the program. Its key manager chooses the certificate. Its trust manager
   * decides about client certificates, if they are asked for.
   *
   * @param context has the server's key
   * @return TLS without client certificates
   */
  public static Tls of(SSLContext context) {
    Objects.requireNonNull(context, "context");
    return new Tls(() -> context, Optional.empty(), TlsHandshake.ClientAuthentication.NONE);
  }

  private static Tls ofFiles(TlsFiles files, TlsHandshake.ClientAuthentication clientAuthentication)
      throws IOException {
    TlsContext context = new TlsContext(files);
    return new Tls(context::current, Optional.of(files), clientAuthentication);
  }

  /**
   * Asks clients for a certificate, and serves those without one as well. {@link
   * Request#clientCertificate} returns it. The handshake fails for a client whose certificate no
   * authority has issued, or that has expired. Blocks while it reads.
   *
   * @param authorities a PEM file with the certificates of the authorities, {@code BEGIN
   *     CERTIFICATE}; it is followed as the other files are
   * @return TLS that asks for certificates
   * @throws IOException if a file cannot be read; the message names it
   * @throws IllegalArgumentException if the content of a file is invalid
   * @throws IllegalStateException if this has a context of the program
   */
  public Tls wantClientCertificates(Path authorities) throws IOException {
    return ofFiles(filesWith(authorities), TlsHandshake.ClientAuthentication.WANTED);
  }

  /**
   * Asks clients for a certificate, and serves only those that have one. Otherwise as {@link
   * #wantClientCertificates(Path)}.
   *
   * @param authorities a PEM file with the certificates of the authorities
   * @return TLS that requires certificates
   * @throws IOException if a file cannot be read; the message names it
   * @throws IllegalArgumentException if the content of a file is invalid
   * @throws IllegalStateException if this has a context of the program
   */
  public Tls needClientCertificates(Path authorities) throws IOException {
    return ofFiles(filesWith(authorities), TlsHandshake.ClientAuthentication.NEEDED);
  }

  private TlsFiles filesWith(Path authorities) {
    TlsFiles former =
        files.orElseThrow(() ->
            new IllegalStateException(
                "the context's trust manager decides about client certificates; call the"
                    + " method without a file"));
    return new TlsFiles(former.certificateChain(), former.privateKey(), Optional.of(authorities));
  }

  /**
   * Asks clients for a certificate that the context's trust manager accepts, and serves those
   * without one as well.
   *
   * @return TLS that asks for certificates
   * @throws IllegalStateException if this has files, so that no trust manager is known
   */
  public Tls wantClientCertificates() {
    return withTrustOfContext(TlsHandshake.ClientAuthentication.WANTED);
  }

  /**
   * Asks clients for a certificate that the context's trust manager accepts, and serves only those
   * that have one.
   *
   * @return TLS that requires certificates
   * @throws IllegalStateException if this has files, so that no trust manager is known
   */
  public Tls needClientCertificates() {
    return withTrustOfContext(TlsHandshake.ClientAuthentication.NEEDED);
  }

  private Tls withTrustOfContext(TlsHandshake.ClientAuthentication asked) {
    if (files.isPresent()) {
      throw new IllegalStateException(
          "nobody is trusted to issue client certificates; call the method with a file of"
              + " authorities");
    }
    return new Tls(contexts, files, asked);
  }

  /** Returns the server's side of the handshake. */
  BlockingTransport.Handshake handshake() {
    return new TlsHandshake(contexts, clientAuthentication);
  }
}
