package dev.ssebroker.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * The PEM files of a server.
 *
 * @param certificateChain the server's certificate, and each followed by its issuer
 * @param privateKey the key of the first certificate
 * @param authorities the issuers of client certificates
 */
record TlsFiles(Path certificateChain, Path privateKey, Optional<Path> authorities) {
  private static final String CERTIFICATES =
      "a PEM file with at least one CERTIFICATE: the server's own, and each followed by its issuer";
  private static final String KEY =
      "a PEM file with one PRIVATE KEY (PKCS#8, not encrypted) for RSA, EC or Ed25519";
  private static final String AUTHORITIES =
      "a PEM file with at least one CERTIFICATE: an authority that issues client certificates";

  /** The key store stays in memory. */
  private static final char[] NO_PASSWORD = {};

  /**
   * What changes when a file is written, replaced, or reached by another symbolic link.
   *
   * @param key the file's device and inode; empty on systems that have none
   */
  record Version(long size, FileTime modified, Optional<Object> key) {}

  /** Looks at the files without reading them. The version of a file that is missing is empty. */
  List<Optional<Version>> versions() {
    return Stream.concat(Stream.of(certificateChain, privateKey), authorities.stream())
        .map(TlsFiles::version)
        .toList();
  }

  private static Optional<Version> version(Path file) {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return Optional.of(
          new Version(
              found.size(), found.lastModifiedTime(), Optional.ofNullable(found.fileKey())));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Reads the files.
   *
   * @throws IOException if a file cannot be read; the message names it
   * @throws IllegalArgumentException if the content of a file is not allowed
   */
  SSLContext load() throws IOException {
    PemFile chainFile = PemFile.read("certificate", certificateChain, CERTIFICATES);
    PemFile keyFile = PemFile.read("private key", privateKey, KEY);
    try {
      List<X509Certificate> chain = chainFile.chain();
      PrivateKey key = keyFile.key();
      if (!isPair(key, chain.getFirst().getPublicKey())) {
        throw keyFile.invalid(
            "its key does not match the first certificate of '%s'".formatted(certificateChain));
      }
      KeyStore store = emptyStore();
      store.setKeyEntry("server", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, NO_PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "certificate file '%s' and private key file '%s': this Java cannot use them for TLS"
              .formatted(certificateChain, privateKey),
          e);
    }
  }

  /** Trusts the authorities only. Without them, no client is asked for a certificate. */
  private TrustManager[] trustManagers() throws GeneralSecurityException, IOException {
    KeyStore trusted = emptyStore();
    if (authorities.isPresent()) {
      PemFile file = PemFile.read("client authorities", authorities.get(), AUTHORITIES);
      for (X509Certificate authority : file.certificates()) {
        trusted.setCertificateEntry("authority-" + trusted.size(), authority);
      }
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    return trust.getTrustManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static boolean isPair(PrivateKey key, PublicKey certified)
      throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    byte[] message = "sse-broker".getBytes(StandardCharsets.US_ASCII);
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(key);
    signer.update(message);
    byte[] signature = signer.sign();
    Signature verifier = Signature.getInstance(algorithm);
    try {
      verifier.initVerify(certified);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (InvalidKeyException | SignatureException e) {
      return false; // The key has another algorithm, another length or another curve.
    }
  }
}
