package dev.ssebroker.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
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

/**
 * The blocks of a PEM file, in order (RFC 7468). Other content of the file is ignored.
 *
 * @param role what the file is for, in messages
 * @param path the file
 * @param allowed what the file may contain, in messages
 * @param blocks each has a label
 */
record PemFile(String role, Path path, String allowed, List<Block> blocks) {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "Ed25519");

  /** The labels of keys that openssl can convert to the label that is allowed. */
  private static final Set<String> CONVERTIBLE =
      Set.of("RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY");

  /** The lines from one {@code BEGIN} to its {@code END}. */
  record Block(String label, String text) {

    byte[] decode() {
      return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
    }
  }

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

  /** Returns the certificates of a file in which each is followed by its issuer. */
  List<X509Certificate> chain() throws CertificateException {
    List<X509Certificate> chain = certificates();
    for (int i = 1; i < chain.size(); i++) {
      boolean issued =
          chain.get(i - 1).getIssuerX500Principal().equals(chain.get(i).getSubjectX500Principal());
      if (!issued || chain.subList(0, i).contains(chain.get(i))) {
        throw invalid("its certificate %d is not the issuer of the one before it".formatted(i + 1));
      }
    }
    return chain;
  }

  /** Returns the certificates, at least one. */
  List<X509Certificate> certificates() throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks) {
      if (block.label.equals("CERTIFICATE")) {
        certificates.add(certificate(block, certificates.size() + 1, factory));
      }
    }
    if (certificates.isEmpty()) {
      throw invalid("it has no certificate, but " + labels());
    }
    return certificates;
  }

  private X509Certificate certificate(Block block, int number, CertificateFactory factory) {
    try {
      return (X509Certificate)
          factory.generateCertificate(new ByteArrayInputStream(block.decode()));
    } catch (CertificateException | IllegalArgumentException e) {
      throw invalid("its certificate %d is broken".formatted(number));
    }
  }

  /** Returns the only private key of the file. */
  PrivateKey key() throws GeneralSecurityException {
    List<Block> keys =
        blocks.stream().filter(block -> block.label.endsWith("PRIVATE KEY")).toList();
    if (keys.isEmpty()) {
      throw invalid("it has no private key, but " + labels());
    }
    if (keys.size() > 1) {
      throw invalid("it has %d private keys".formatted(keys.size()));
    }
    Block block = keys.getFirst();
    if (CONVERTIBLE.contains(block.label)) {
      throw invalid(
          "its key has the label %s; convert it: openssl pkey -in '%s' -out '%s.pkcs8'"
              .formatted(block.label, path, path));
    }
    if (!block.label.equals("PRIVATE KEY")) {
      throw invalid("its key has the label " + block.label);
    }
    return pkcs8(block);
  }

  /** Causes are not passed on, because they may reveal parts of the key. */
  private PrivateKey pkcs8(Block block) throws GeneralSecurityException {
    byte[] encoded;
    try {
      encoded = block.decode();
    } catch (IllegalArgumentException e) {
      throw invalid("its key is broken");
    }
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (InvalidKeySpecException e) {
        // The key is for another algorithm.
      }
    }
    throw invalid("its key is broken, or for another algorithm");
  }

  private String labels() {
    return blocks.isEmpty()
        ? "nothing in PEM format"
        : blocks.stream().map(Block::label).distinct().collect(Collectors.joining(", "));
  }

  /** Returns the exception for a file whose content is not allowed. */
  IllegalArgumentException invalid(String found) {
    return new IllegalArgumentException(message(role, path, found, allowed));
  }

  private static String message(String role, Path path, String found, String allowed) {
    return "%s file '%s': %s; allowed is %s".formatted(role, path, found, allowed);
  }
}
