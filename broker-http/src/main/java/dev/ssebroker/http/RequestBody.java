package dev.ssebroker.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A request's body. It follows the head and is read on demand. Used by the connection's thread
 * only.
 */
final class RequestBody {
  private static final int CHUNKED = -1;
  private static final int MAX_CHUNK_LINE_BYTES = 256;
  private static final int MAX_CHUNK_DIGITS = 8;

  /** More digits than any allowed length has. */
  private static final int MAX_LENGTH_DIGITS = 18;

  private final Request request;
  private final ByteReader reader;
  private final Limits limits;
  private final Preparation preparation;
  private final boolean continueExpected;

  /** In bytes; CHUNKED if it is not known in advance. */
  private final long length;

  private boolean consumed;

  /** An action before a body is read. */
  interface Preparation {
    /**
     * Prepares for the body.
     *
     * @param continueExpected whether the client waits for 100 Continue before it sends the body
     *     (RFC 9110 §10.1.1)
     */
    void prepare(boolean continueExpected) throws IOException;
  }

  /**
   * Reads the body's framing from the head (RFC 9112 §6.3).
   *
   * @throws BadRequest if the framing is ambiguous (request smuggling), or if the body is too large
   */
  RequestBody(Request request, ByteReader reader, Limits limits, Preparation preparation)
      throws BadRequest {
    this.request = request;
    this.reader = reader;
    this.limits = limits;
    this.preparation = preparation;
    this.length = length(request);
    this.consumed = length == 0;
    this.continueExpected = expectsContinue(request) && !consumed;
    if (length > limits.bodyBytes()) {
      throw tooLarge();
    }
  }

  private static long length(Request request) throws BadRequest {
    List<String> lengths = request.headers().all("Content-Length");
    List<String> codings = request.headers().all("Transfer-Encoding");
    if (!codings.isEmpty()) {
      if (!lengths.isEmpty()) {
        throw new BadRequest(400, "both Content-Length and Transfer-Encoding are present");
      }
      checkCodings(request, String.join(",", codings));
      return CHUNKED;
    }
    if (lengths.isEmpty()) {
      return 0;
    }
    if (lengths.size() > 1 || !lengths.getFirst().matches("[0-9]{1," + MAX_LENGTH_DIGITS + "}")) {
      throw new BadRequest(400, "Content-Length is not one number");
    }
    return Long.parseLong(lengths.getFirst());
  }

  /** RFC 9112 §6.1: chunked is the last coding and appears once. This server supports no other. */
  private static void checkCodings(Request request, String codings) throws BadRequest {
    if (request.version().equals("HTTP/1.0")) {
      throw new BadRequest(400, "HTTP/1.0 has no Transfer-Encoding");
    }
    List<String> names =
        List.of(codings.toLowerCase(Locale.ROOT).split(",", -1)).stream()
            .map(String::strip)
            .toList();
    if (names.equals(List.of("chunked"))) {
      return;
    }
    boolean wellFormed =
        names.stream().allMatch(RequestParser::isToken)
            && names.indexOf("chunked") == names.lastIndexOf("chunked")
            && (!names.contains("chunked") || names.getLast().equals("chunked"));
    throw wellFormed
        ? new BadRequest(501, "this server supports no transfer coding but chunked")
        : new BadRequest(400, "Transfer-Encoding is not 'chunked'");
  }

  private static boolean expectsContinue(Request request) throws BadRequest {
    List<String> expectations = request.headers().all("Expect");
    for (String expectation : expectations) {
      if (!expectation.equalsIgnoreCase("100-continue")) {
        throw new BadRequest(417, "this server supports no expectation but 100-continue");
      }
    }
    return !expectations.isEmpty() && request.version().equals("HTTP/1.1");
  }

  /**
   * Returns whether the client may still be waiting for 100 Continue. It is then unknown where the
   * next request begins.
   */
  boolean awaitsContinue() {
    return continueExpected && !consumed;
  }

  /**
   * Reads the whole body, once, and decodes its content coding.
   *
   * @throws BadRequest if it has another coding than gzip, if it is too large before or after
   *     decoding, or if a chunk or the gzip format is malformed
   */
  byte[] read() throws IOException, BadRequest {
    boolean gzip = isGzip();
    if (consumed) {
      return new byte[0];
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    readInto(body);
    byte[] bytes = body.toByteArray();
    return gzip ? GzipBody.decode(bytes, limits.bodyBytes()) : bytes;
  }

  /** RFC 9110 §8.4.1: a recipient treats x-gzip as gzip. */
  private boolean isGzip() throws BadRequest {
    List<String> codings =
        request.headers().all("Content-Encoding").stream()
            .flatMap(list -> Stream.of(list.toLowerCase(Locale.ROOT).split(",", -1)))
            .map(String::strip)
            .filter(coding -> !coding.isEmpty() && !coding.equals("identity"))
            .toList();
    if (codings.isEmpty()) {
      return false;
    }
    if (codings.size() > 1 || !Set.of("gzip", "x-gzip").contains(codings.getFirst())) {
      // RFC 9110 §15.5.16
      throw new BadRequest(
          ResponseHead.error(415, "this server supports no content coding but gzip, once")
              .with("Accept-Encoding", "gzip"));
    }
    return true;
  }

  /** Reads the rest of the body and discards it. Fails as {@link #read} does. */
  void skip() throws IOException, BadRequest {
    if (!consumed) {
      readInto(OutputStream.nullOutputStream());
    }
  }

  private void readInto(OutputStream body) throws IOException, BadRequest {
    preparation.prepare(continueExpected);
    if (length == CHUNKED) {
      readChunks(body);
    } else {
      copy(body, (int) length);
    }
    consumed = true;
  }

  /** Allocates memory only for bytes that have arrived, whatever the length says. */
  private void copy(OutputStream body, int count) throws IOException {
    byte[] part = new byte[Math.min(count, 8 * 1024)];
    int left = count;
    while (left > 0) {
      int size = Math.min(left, part.length);
      reader.read(part, 0, size);
      body.write(part, 0, size);
      left -= size;
    }
  }

  /** RFC 9112 §7.1. */
  private void readChunks(OutputStream body) throws IOException, BadRequest {
    int left = limits.bodyBytes();
    int size = chunkSize();
    while (size > 0) {
      if (size > left) {
        throw tooLarge();
      }
      copy(body, size);
      left -= size;
      reader.lineEnd();
      size = chunkSize();
    }
    RequestParser.fields(reader, limits);
  }

  private int chunkSize() throws IOException, BadRequest {
    String line = reader.line(MAX_CHUNK_LINE_BYTES, RequestBody::malformedSize);
    int end = 0;
    while (end < line.length() && HexFormat.isHexDigit(line.charAt(end))) {
      end++;
    }
    String rest = line.substring(end);
    boolean wellFormed = rest.isEmpty() || rest.stripLeading().startsWith(";");
    if (end == 0 || end > MAX_CHUNK_DIGITS || !wellFormed) {
      throw malformedSize();
    }
    long size = HexFormat.fromHexDigitsToLong(line, 0, end);
    if (size > limits.bodyBytes()) {
      throw tooLarge();
    }
    return (int) size;
  }

  private static BadRequest malformedSize() {
    return new BadRequest(400, "a chunk's size is malformed");
  }

  private BadRequest tooLarge() {
    return new BadRequest(413, "the body is larger than " + limits.bodyBytes() + " bytes");
  }
}
