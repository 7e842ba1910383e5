package dev.ssebroker.http;

import java.io.ByteArrayOutputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decodes a body that has the content coding gzip: one or more members (RFC 1952 §2.2). The stream
 * of {@code java.util.zip} would ignore what follows the last member.
 */
final class GzipBody {
  private static final int DEFLATE = 8;
  private static final int MODIFICATION_TIME_TO_OS = 6;

  // The flags of a member (RFC 1952 §2.3.1).
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xe0;

  private final byte[] encoded;
  private final int maxBytes;
  private final Inflater inflater;
  private final ByteArrayOutputStream decoded = new ByteArrayOutputStream();

  /** The index of the next byte to read. */
  private int next;

  private GzipBody(byte[] encoded, int maxBytes, Inflater inflater) {
    this.encoded = encoded;
    this.maxBytes = maxBytes;
    this.inflater = inflater;
  }

  /**
   * Decodes a body.
   *
   * @param maxBytes the greatest length after decoding
   * @throws BadRequest if the body is malformed or too large
   */
  static byte[] decode(byte[] encoded, int maxBytes) throws BadRequest {
    Inflater inflater = new Inflater(true);
    try {
      GzipBody body = new GzipBody(encoded, maxBytes, inflater);
      while (body.next < encoded.length) {
        body.readMember();
      }
      return body.decoded.toByteArray();
    } finally {
      inflater.end();
    }
  }

  private void readMember() throws BadRequest {
    skipHeader();
    CRC32 crc = new CRC32();
    inflater.reset();
    inflate(crc);
    if (number(4) != crc.getValue() || number(4) != (inflater.getBytesWritten() & 0xffff_ffffL)) {
      throw malformed();
    }
  }

  private void skipHeader() throws BadRequest {
    int begin = next;
    boolean magic = number(1) == 0x1f && number(1) == 0x8b && number(1) == DEFLATE;
    int flags = (int) number(1);
    if (!magic || (flags & RESERVED) != 0) {
      throw malformed();
    }
    skip(MODIFICATION_TIME_TO_OS);
    if ((flags & EXTRA) != 0) {
      skip((int) number(2));
    }
    if ((flags & NAME) != 0) {
      skipText();
    }
    if ((flags & COMMENT) != 0) {
      skipText();
    }
    if ((flags & HEADER_CRC) != 0) {
      CRC32 crc = new CRC32();
      crc.update(encoded, begin, next - begin);
      if (number(2) != (crc.getValue() & 0xffff)) {
        throw malformed();
      }
    }
  }

  private void inflate(CRC32 crc) throws BadRequest {
    byte[] part = new byte[8 * 1024];
    inflater.setInput(encoded, next, encoded.length - next);
    while (!inflater.finished()) {
      int count = inflate(part);
      if (count == 0 && !inflater.finished()) {
        throw malformed();
      }
      if (count > maxBytes - decoded.size()) {
        throw new BadRequest(413, "the decoded body is larger than " + maxBytes + " bytes");
      }
      crc.update(part, 0, count);
      decoded.write(part, 0, count);
    }
    next = encoded.length - inflater.getRemaining();
  }

  private int inflate(byte[] part) throws BadRequest {
    try {
      return inflater.inflate(part);
    } catch (DataFormatException e) {
      throw malformed();
    }
  }

  private void skipText() throws BadRequest {
    while (number(1) != 0) {}
  }

  /** Reads a number whose least significant byte comes first. */
  private long number(int bytes) throws BadRequest {
    int begin = next;
    skip(bytes);
    long number = 0;
    for (int i = next - 1; i >= begin; i--) {
      number = (number << 8) | (encoded[i] & 0xff);
    }
    return number;
  }

  private void skip(int bytes) throws BadRequest {
    if (bytes > encoded.length - next) {
      throw malformed();
    }
    next += bytes;
  }

  private static BadRequest malformed() {
    return new BadRequest(400, "the body is not valid gzip");
  }
}
