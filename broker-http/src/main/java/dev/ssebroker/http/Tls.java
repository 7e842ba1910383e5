package dev.ssebroker.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** Creates the TLS context of a server from PEM files (RFC 7468). */
public final class Tls {
  private static final String CERTIFICATES =
      "a PEM file with at least one CERTIFICATE: the server's own, and each followed by its issuer";
  private static final String KEY =
      "a PEM file with one PRIVATE KEY (PKCS#8, not encrypted) for RSA, EC or Ed25519";

  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "Ed25519");

  /** The labels of keys that openssl can convert to the label that is allowed. */
  private static final Set<String> CONVERTIBLE =
      Set.of("RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY");

  /** The key store stays in memory. */
  private static final char[] NO_PASSWORD = {};

  private Tls() {}

  /**
   * Loads a certificate with its chain, and its key, in the format of ACME clients and {@code
   * openssl}. One file may contain both; other content of a file is ignored. The context allows TLS
   * 1.2 and TLS 1.3, unless the JDK is configured otherwise. The files are read once, so a renewed
   * certificate needs a new context. This method does not check whether the certificate has expired
   * or is trusted, because clients decide that. Blocks while it reads.
   *
   * @param certificateChain X.509 certificates, {@code BEGIN CERTIFICATE}: the server's own first,
   *     then the one that issued it, and so on (RFC 8446 §4.4.2)
   * @param privateKey one key, {@code BEGIN PRIVATE KEY} (PKCS#8, not encrypted), for RSA, EC or
   *     Ed25519
   * @return a context for a server
   * @throws IOException if a file cannot be read; the message names it
   * @throws IllegalArgumentException if the content of a file is invalid, or if the key does not
   *     match the first certificate; the message names the file, what it contains and what is
   *     allowed, and never shows a part of a key
   */
  public static SSLContext pem(Path certificateChain, Path privateKey) throws IOException {
    PemFile chainFile = PemFile.read("certificate", certificateChain, CERTIFICATES);
    PemFile keyFile = PemFile.read("private key", privateKey, KEY);
    try {
      List<X509Certificate> chain = chain(chainFile);
      PrivateKey key = key(keyFile);
      if (!isPair(key, chain.getFirst().getPublicKey())) {
        throw keyFile.invalid(
            "its key does not match the first certificate of '%s'".formatted(certificateChain));
      }
      return context(chain, key);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "certificate file '%s' and private key file '%s': this Java cannot use them for TLS"
              .formatted(certificateChain, privateKey),
          e);
    }
  }

  /** Returns the server's side of the handshake. */
  static BlockingTransport.Handshake handshake(SSLContext context) {
    return plain -> {
      SSLSocket secured =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, InputStream.nullInputStream(), true);
      secured.startHandshake();
      return secured;
    };
  }

  private static List<X509Certificate> chain(PemFile file) throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> chain = new ArrayList<>();
    for (Block block : file.blocks) {
      if (block.label.equals("CERTIFICATE")) {
        X509Certificate next = certificate(file, block, chain.size() + 1, factory);
        if (!chain.isEmpty()) {
          checkIssuer(file, chain, next);
        }
        chain.add(next);
      }
    }
    if (chain.isEmpty()) {
      throw file.invalid("it has no certificate, but " + file.labels());
    }
    return chain;
  }

  private static X509Certificate certificate(
      PemFile file, Block block, int number, CertificateFactory factory) {
    try {
      return (X509Certificate)
          factory.generateCertificate(new ByteArrayInputStream(block.decode()));
    } catch (CertificateException | IllegalArgumentException e) {
      throw file.invalid("its certificate %d is broken".formatted(number));
    }
  }

  private static void checkIssuer(
      PemFile file, List<X509Certificate> chain, X509Certificate issuer) {
    boolean issued =
        chain.getLast().getIssuerX500Principal().equals(issuer.getSubjectX500Principal());
    if (!issued || chain.contains(issuer)) {
      throw file.invalid(
          "its certificate %d is not the issuer of the one before it".formatted(chain.size() + 1));
    }
  }

  private static PrivateKey key(PemFile file) throws GeneralSecurityException {
    List<Block> keys =
        file.blocks.stream().filter(block -> block.label.endsWith("PRIVATE KEY")).toList();
    if (keys.isEmpty()) {
      throw file.invalid("it has no private key, but " + file.labels());
    }
    if (keys.size() > 1) {
      throw file.invalid("it has %d private keys".formatted(keys.size()));
    }
    Block block = keys.getFirst();
    if (CONVERTIBLE.contains(block.label)) {
      throw file.invalid(
          "its key has the label %s; convert it: openssl pkey -in '%s' -out '%s.pkcs8'"
              .formatted(block.label, file.path, file.path));
    }
    if (!block.label.equals("PRIVATE KEY")) {
      throw file.invalid("its key has the label " + block.label);
    }
    return pkcs8(file, block);
  }

  /** Causes are not passed on, because they may reveal parts of the key. */
  private static PrivateKey pkcs8(PemFile file, Block block) throws GeneralSecurityException {
    byte[] encoded;
    try {
      encoded = block.decode();
    } catch (IllegalArgumentException e) {
      throw file.invalid("its key is broken");
    }
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (InvalidKeySpecException e) {
        // The key is for another algorithm.
      }
    }
    throw file.invalid("its key is broken, or for another algorithm");
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

  private static SSLContext context(List<X509Certificate> chain, PrivateKey key)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("server", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, NO_PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  /** The lines from one {@code BEGIN} to its {@code END}. */
  private record Block(String label, String text) {

    byte[] decode() {
      return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
    }
  }

  /** The blocks of a file, in order. */
  private record PemFile(String role, Path path, String allowed, List<Block> blocks) {
    private static final Pattern BLOCK =
        Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    static PemFile read(String role, Path path, String allowed) throws IOException {
      try {
        // Every byte is a character in this charset: the text between blocks may be in any
        // encoding.
        String text = Files.readString(path, StandardCharsets.ISO_8859_1);
        List<Block> blocks =
            BLOCK.matcher(text).results().map(m -> new Block(m.group(1), m.group(2))).toList();
        return new PemFile(role, path, allowed, blocks);
      } catch (NoSuchFileException e) {
        throw new IOException(message(role, path, "there is no such file", allowed), e);
      } catch (IOException e) {
        throw new IOException(message(role, path, "it cannot be read", allowed), e);
      }
    }

    String labels() {
      return blocks.isEmpty()
          ? "nothing in PEM format"
          : blocks.stream().map(Block::label).distinct().collect(Collectors.joining(", "));
    }

    IllegalArgumentException invalid(String found) {
      return new IllegalArgumentException(message(role, path, found, allowed));
    }

    private static String message(String role, Path path, String found, String allowed) {
      return "%s file '%s': %s; allowed is %s".formatted(role, path, found, allowed);
    }
  }
}
