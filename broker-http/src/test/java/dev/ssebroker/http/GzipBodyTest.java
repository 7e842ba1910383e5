package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** RFC 1952. */
class GzipBodyTest {
  private static final byte[] HELLO = gzip("hello");

  /** The header has ten bytes: no flags, no time. */
  private static final byte[] DATA_AND_TRAILER = Arrays.copyOfRange(HELLO, 10, HELLO.length);

  private static byte[] gzip(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  private static byte[] hex(String digits) {
    return HexFormat.ofDelimiter(" ").parseHex(digits);
  }

  private static String decoded(byte[] encoded) throws BadRequest {
    return new String(GzipBody.decode(encoded, 1000), StandardCharsets.UTF_8);
  }

  private static void assertRefused(String answer, byte[] encoded) {
    BadRequest refusal =
        assertThrows(BadRequest.class, () -> GzipBody.decode(encoded, 1000), answer);
    assertEquals(answer + "\n", refusal.answer.text());
  }

  @Test
  void severalMembersAreOneBody() throws Exception {
    assertEquals("hello", decoded(HELLO));
    assertEquals("hello, world", decoded(join(HELLO, gzip(", "), gzip(""), gzip("world"))));
  }

  /** A name, a comment, an extra field and a checksum of the header (RFC 1952 §2.3.1). */
  @Test
  void optionalPartsOfTheHeaderAreSkipped() throws Exception {
    byte[] header =
        join(hex("1f 8b 08 1e 00 00 00 00 00 03"), hex("02 00 61 62"), hex("6e 00"), hex("63 00"));
    CRC32 crc = new CRC32();
    crc.update(header);
    byte[] checksum = {(byte) crc.getValue(), (byte) (crc.getValue() >> 8)};

    assertEquals("hello", decoded(join(header, checksum, DATA_AND_TRAILER)));
    checksum[0]++;
    assertRefused("400 the body is not valid gzip", join(header, checksum, DATA_AND_TRAILER));
  }

  @Test
  void everyPrefixOfAMemberIsRefused() {
    for (int length = 1; length < HELLO.length; length++) {
      assertRefused("400 the body is not valid gzip", Arrays.copyOf(HELLO, length));
    }
  }

  /**
   * The time, the extra flags and the operating system of the header carry no meaning, nor do the
   * upper bits of the last byte before the trailer.
   */
  @Test
  void changedByteIsRefused() {
    for (int i = 0; i < HELLO.length; i++) {
      if ((i < 4 || i > 9) && i != HELLO.length - 9) {
        byte[] changed = HELLO.clone();
        changed[i] ^= (byte) 0xe0;
        assertRefused("400 the body is not valid gzip", changed);
      }
    }
  }

  @Test
  void bytesAfterTheLastMemberAreRefused() {
    assertRefused("400 the body is not valid gzip", join(HELLO, hex("00")));
    assertRefused("400 the body is not valid gzip", join(HELLO, new byte[64]));
  }

  @Test
  void lengthIsBoundedAfterDecoding() throws Exception {
    assertEquals(1000, decoded(gzip("x".repeat(1000))).length());
    assertRefused("413 the decoded body is larger than 1000 bytes", gzip("x".repeat(1001)));
    assertRefused(
        "413 the decoded body is larger than 1000 bytes",
        join(gzip("x".repeat(1000)), gzip(""), gzip("x")));
  }
}
