package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which certificates and keys are accepted, and the messages for all others. */
class TlsTest {
  private static final HeldCertificate RSA = new HeldCertificate.Builder().rsa2048().build();
  private static final HeldCertificate EC = new HeldCertificate.Builder().ecdsa256().build();

  private static final String CERTIFICATES_ALLOWED =
      "; allowed is a PEM file with at least one CERTIFICATE: the server's own, and each followed by"
          + " its issuer";
  private static final String KEY_ALLOWED =
      "; allowed is a PEM file with one PRIVATE KEY (PKCS#8, not encrypted) for RSA, EC or Ed25519";

  @TempDir Path directory;

  @Test
  void rsaAndEcKeysAreLoaded() throws Exception {
    load(RSA.certificatePem(), RSA.privateKeyPkcs8Pem());
    load(EC.certificatePem(), EC.privateKeyPkcs8Pem());
  }

  /** Written by openssl, certificate and key in one file. Valid until 2126. */
  @ParameterizedTest
  @ValueSource(strings = {"p384.pem", "ed25519.pem"})
  void certificateAndKeyMayBeOneFile(String name) throws Exception {
    Path both = fixture(name);

    Tls.pem(both, both);
  }

  @Test
  void contextAllowsTls12And13Only() throws Exception {
    SSLContext context =
        new TlsFiles(
                write("chain.pem", EC.certificatePem()),
                write("key.pem", EC.privateKeyPkcs8Pem()),
                Optional.empty())
            .load();

    assertEquals("TLS", context.getProtocol());
    assertArrayEquals(
        new String[] {"TLSv1.3", "TLSv1.2"}, context.getDefaultSSLParameters().getProtocols());
  }

  @Test
  void textAroundTheBlocksIsIgnored() throws Exception {
    String certificate = EC.certificatePem().replace("\n", "\r\n");
    load(
        "\uFEFFBag Attributes: caf\u00e9\r\n" + certificate + "\r\n  trailing",
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
            + EC.privateKeyPkcs8Pem().strip());
  }

  @Test
  void missingFileIsNamed() throws Exception {
    Path there = write("there.pem", EC.certificatePem());
    Path missing = directory.resolve("missing.pem");

    assertEquals(
        "certificate file '" + missing + "': there is no such file" + CERTIFICATES_ALLOWED,
        assertThrows(IOException.class, () -> Tls.pem(missing, there)).getMessage());
    assertEquals(
        "private key file '" + missing + "': there is no such file" + KEY_ALLOWED,
        assertThrows(IOException.class, () -> Tls.pem(there, missing)).getMessage());
    assertEquals(
        "private key file '" + directory + "': it cannot be read" + KEY_ALLOWED,
        assertThrows(IOException.class, () -> Tls.pem(there, directory)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "\u0000\u0001\u00ff",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----END CERTIFICATE-----\nAAAA\n-----BEGIN CERTIFICATE-----",
        "---- BEGIN CERTIFICATE ----\nAAAA\n---- END CERTIFICATE ----"
      })
  void garbageIsNotPem(String text) throws Exception {
    assertRefused(
        "it has no certificate, but nothing in PEM format", text, EC.privateKeyPkcs8Pem(), true);
    assertRefused(
        "it has no private key, but nothing in PEM format", EC.certificatePem(), text, false);
  }

  @Test
  void derIsNotPem() throws Exception {
    String der = new String(EC.certificate().getEncoded(), ISO_8859_1);

    assertRefused(
        "it has no certificate, but nothing in PEM format", der, EC.privateKeyPkcs8Pem(), true);
  }

  @Test
  void filesInTheWrongOrderAreRefused() throws Exception {
    assertRefused(
        "it has no certificate, but PRIVATE KEY",
        EC.privateKeyPkcs8Pem(),
        EC.certificatePem(),
        true);
    assertRefused(
        "it has no private key, but CERTIFICATE", EC.certificatePem(), EC.certificatePem(), false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "AAAA", "A", "no base64!", "MIIB", "====", "MAA="})
  void brokenCertificateIsRefused(String body) throws Exception {
    assertRefused(
        "its certificate 2 is broken",
        EC.certificatePem() + block("CERTIFICATE", body),
        EC.privateKeyPkcs8Pem(),
        true);
  }

  @Test
  void truncatedCertificateIsRefused() throws Exception {
    byte[] whole = EC.certificate().getEncoded();
    for (int length : new int[] {1, 2, 10, 100, whole.length - 1}) {
      String cut = Base64.getEncoder().encodeToString(Arrays.copyOf(whole, length));
      assertRefused(
          "its certificate 1 is broken", block("CERTIFICATE", cut), EC.privateKeyPkcs8Pem(), true);
    }
  }

  @Test
  void eachCertificateIsFollowedByItsIssuer() throws Exception {
    HeldCertificate root =
        new HeldCertificate.Builder().commonName("root").certificateAuthority(1).build();
    HeldCertificate middle =
        new HeldCertificate.Builder()
            .commonName("middle")
            .certificateAuthority(0)
            .signedBy(root)
            .build();
    HeldCertificate leaf =
        new HeldCertificate.Builder().commonName("leaf").signedBy(middle).build();
    String key = leaf.privateKeyPkcs8Pem();

    load(leaf.certificatePem() + middle.certificatePem(), key);
    load(leaf.certificatePem() + middle.certificatePem() + root.certificatePem(), key);
    assertRefused(
        "its certificate 2 is not the issuer of the one before it",
        leaf.certificatePem() + root.certificatePem(),
        key,
        true);
    assertRefused(
        "its certificate 2 is not the issuer of the one before it",
        middle.certificatePem() + leaf.certificatePem(),
        key,
        true);
    assertRefused(
        "its certificate 4 is not the issuer of the one before it",
        leaf.certificatePem()
            + middle.certificatePem()
            + root.certificatePem()
            + root.certificatePem(),
        key,
        true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"})
  void messageSaysHowToConvertAKeyOfAnotherKind(String label) throws Exception {
    Path file = directory.resolve("key.pem");
    assertRefused(
        "its key has the label "
            + label
            + "; convert it: openssl pkey -in '"
            + file
            + "' -out '"
            + file
            + ".pkcs8'",
        EC.certificatePem(),
        EC.privateKeyPkcs8Pem().replace("PRIVATE KEY", label),
        false);
  }

  /** Its header fields (RFC 1421) have hyphens, like the lines around the block. */
  @Test
  void encryptedPkcs1KeyIsRecognized() throws Exception {
    String text = RSA.privateKeyPkcs1Pem();
    int body = text.indexOf('\n') + 1;
    String encrypted =
        text.substring(0, body)
            + "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
            + text.substring(body);

    assertTrue(
        refusal(RSA.certificatePem(), encrypted).contains("its key has the label RSA PRIVATE KEY"),
        encrypted.lines().findFirst().orElse(""));
  }

  @Test
  void keyThatOpensslDoesNotReadIsNamed() throws Exception {
    assertRefused(
        "its key has the label OPENSSH PRIVATE KEY",
        EC.certificatePem(),
        EC.privateKeyPkcs8Pem().replace("PRIVATE KEY", "OPENSSH PRIVATE KEY"),
        false);
  }

  @Test
  void severalKeysAreRefused() throws Exception {
    assertRefused(
        "it has 2 private keys",
        EC.certificatePem(),
        EC.privateKeyPkcs8Pem() + RSA.privateKeyPkcs8Pem(),
        false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "AAAA", "no base64!", "MIIB", "MAA="})
  void brokenKeyIsRefused(String body) throws Exception {
    String message = refusal(EC.certificatePem(), block("PRIVATE KEY", body));

    assertTrue(message.contains("': its key is broken"), message);
    assertTrue(message.endsWith(KEY_ALLOWED), message);
  }

  @Test
  void truncatedKeyIsRefused() throws Exception {
    for (HeldCertificate held : List.of(RSA, EC, ofCurve(NamedParameterSpec.ED25519))) {
      byte[] whole = held.keyPair().getPrivate().getEncoded();
      for (int length = 0; length < whole.length; length += 7) {
        String cut = Base64.getEncoder().encodeToString(Arrays.copyOf(whole, length));
        assertRefused(
            "its key is broken, or for another algorithm",
            held.certificatePem(),
            block("PRIVATE KEY", cut),
            false);
      }
    }
  }

  @Test
  void keyForAnotherAlgorithmIsRefused() throws Exception {
    HeldCertificate held = ofCurve(NamedParameterSpec.ED448);

    assertRefused(
        "its key is broken, or for another algorithm",
        held.certificatePem(),
        held.privateKeyPkcs8Pem(),
        false);
  }

  @Test
  void keyOfAnotherCertificateIsRefused() throws Exception {
    List<HeldCertificate> all =
        List.of(
            RSA,
            new HeldCertificate.Builder().rsa2048().build(),
            EC,
            new HeldCertificate.Builder().ecdsa256().build(),
            ofCurve(NamedParameterSpec.ED25519),
            ofCurve(NamedParameterSpec.ED25519));
    List<String> pages =
        Stream.concat(
                all.stream().map(held -> held.certificatePem() + held.privateKeyPkcs8Pem()),
                Stream.of(Files.readString(fixture("p384.pem"))))
            .toList();
    for (String certificate : pages) {
      for (String key : pages) {
        if (!certificate.equals(key)) {
          assertRefused(
              "its key does not match the first certificate of '"
                  + directory.resolve("chain.pem")
                  + "'",
              certificate,
              key,
              false);
        }
      }
    }
  }

  @Test
  void authoritiesAreCertificates() throws Exception {
    Tls tls = load(EC.certificatePem(), EC.privateKeyPkcs8Pem());
    Path missing = directory.resolve("missing.pem");
    Path noCertificate = write("ca.pem", EC.privateKeyPkcs8Pem());
    String allowed =
        "; allowed is a PEM file with at least one CERTIFICATE: an authority that issues client"
            + " certificates";

    assertEquals(
        "client authorities file '" + missing + "': there is no such file" + allowed,
        assertThrows(IOException.class, () -> tls.needClientCertificates(missing)).getMessage());
    assertEquals(
        "client authorities file '"
            + noCertificate
            + "': it has no certificate, but PRIVATE KEY"
            + allowed,
        assertThrows(
                IllegalArgumentException.class, () -> tls.wantClientCertificates(noCertificate))
            .getMessage());
  }

  /** The JDK's own list would trust everyone who has a certificate of a public authority. */
  @Test
  void clientCertificatesNeedSomebodyWhoIsTrusted() throws Exception {
    Tls ofFiles = load(EC.certificatePem(), EC.privateKeyPkcs8Pem());
    Tls ofContext = Tls.of(SSLContext.getDefault());
    Path authorities = write("ca.pem", RSA.certificatePem());

    assertThrows(IllegalStateException.class, ofFiles::needClientCertificates);
    assertThrows(IllegalStateException.class, ofFiles::wantClientCertificates);
    assertThrows(IllegalStateException.class, () -> ofContext.needClientCertificates(authorities));
    assertThrows(IllegalStateException.class, () -> ofContext.wantClientCertificates(authorities));
  }

  private static Path fixture(String name) throws URISyntaxException {
    return Path.of(Objects.requireNonNull(TlsTest.class.getResource(name), name).toURI());
  }

  private static HeldCertificate ofCurve(NamedParameterSpec curve) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EdDSA");
    generator.initialize(curve);
    return new HeldCertificate.Builder().keyPair(generator.generateKeyPair()).signedBy(EC).build();
  }

  private static String block(String label, String body) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, body, label);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private Tls load(String chain, String key) throws IOException {
    return Tls.pem(write("chain.pem", chain), write("key.pem", key));
  }

  private void assertRefused(String found, String chain, String key, boolean ofChain)
      throws IOException {
    String beginning =
        ofChain
            ? "certificate file '" + directory.resolve("chain.pem")
            : "private key file '" + directory.resolve("key.pem");
    assertEquals(
        beginning + "': " + found + (ofChain ? CERTIFICATES_ALLOWED : KEY_ALLOWED),
        refusal(chain, key));
  }

  private String refusal(String chain, String key) throws IOException {
    Path chainFile = write("chain.pem", chain);
    Path keyFile = write("key.pem", key);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> Tls.pem(chainFile, keyFile));
    assertNothingLeaks(key, refusal);
    return String.valueOf(refusal.getMessage());
  }

  /** Checks the message and those of the causes, which a log shows as well. */
  private static void assertNothingLeaks(String key, IllegalArgumentException refusal) {
    StringWriter log = new StringWriter();
    refusal.printStackTrace(new PrintWriter(log));
    key.lines()
        .filter(line -> line.length() >= 8 && !line.startsWith("-----"))
        .forEach(line -> assertFalse(log.toString().contains(line.substring(0, 8)), line));
  }
}
