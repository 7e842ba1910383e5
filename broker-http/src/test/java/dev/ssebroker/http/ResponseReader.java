package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads answers strictly by RFC 9110 and RFC 9112, and fails on everything that a server must not
 * send.
 */
final class ResponseReader {
  private static final int MAX_LINE = 4096;
  private static final int MAX_BODY = 1 << 20;

  /** RFC 9110 §5.6.7. Java's own RFC_1123_DATE_TIME writes days with one digit. */
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

  /** Parts of internal errors, which no answer may contain. */
  private static final Set<String> INTERNALS = Set.of("Exception", "at dev.", "at java.", "xyzzy");

  private final InputStream in;

  ResponseReader(InputStream in) {
    this.in = new BufferedInputStream(in);
  }

  /** The names of the fields are not case-sensitive. The body is decoded. */
  record Response(int status, Map<String, String> fields, String body) {
    Optional<String> field(String name) {
      return Optional.ofNullable(fields.get(name));
    }

    boolean closes() {
      return field("Connection").filter("close"::equals).isPresent();
    }
  }

  /** Reads a complete answer. */
  Response answer(boolean toHead) throws IOException {
    Response head = head();
    if (head.status < 200 || head.status == 204) {
      assertFalse(head.fields.containsKey("Content-Length"), "RFC 9110 §8.6: " + head);
      assertFalse(head.fields.containsKey("Transfer-Encoding"), "RFC 9112 §6.1: " + head);
      return head;
    }
    return toHead ? head : new Response(head.status, head.fields, text(body(head)));
  }

  /**
   * Reads the last answer, or an interim answer before it. The client may have sent HEAD, so the
   * body may be missing.
   */
  Response refusal() throws IOException {
    Response head = head();
    return head.status == 100 || atEnd()
        ? head
        : new Response(head.status, head.fields, text(body(head)));
  }

  /** Reads the head of an answer whose body has not ended, and the beginning of the body. */
  Response stream() throws IOException {
    Response head = head();
    assertEquals(Optional.of("text/event-stream"), head.field("Content-Type"));
    assertTrue(head.closes(), "a stream is the last answer of its connection: " + head);
    assertFalse(head.fields.containsKey("Content-Length"), head.toString());
    boolean chunked = head.fields.containsKey("Transfer-Encoding");
    String start = chunked ? new String(chunk(), UTF_8) : throughComment();
    assertTrue(start.matches("(?s)retry: \\d+\n\n?:.*"), start);
    return new Response(head.status, head.fields, start);
  }

  /** Returns whether the connection has ended. Blocks until it has or a byte is available. */
  boolean atEnd() throws IOException {
    in.mark(1);
    int next = in.read();
    in.reset();
    return next < 0;
  }

  void assertEnd() throws IOException {
    assertEquals(-1, in.read(), "something follows the last answer");
  }

  private Response head() throws IOException {
    String start = line();
    assertTrue(start.matches("HTTP/1\\.1 [1-5]\\d\\d [ -~]*"), "RFC 9112 §4: " + start);
    int status = Integer.parseInt(start.substring(9, 12));
    Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line = line(); !line.isEmpty(); line = line()) {
      assertTrue(line.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+: ([!-~]([ -~]*[!-~])?)?"), line);
      int colon = line.indexOf(':');
      String name = line.substring(0, colon);
      String value = line.substring(colon + 2);
      String former = fields.put(name, value);
      if (former != null) {
        boolean mayRepeat = name.equals("Vary") || name.equals("Set-Cookie");
        assertTrue(mayRepeat, "RFC 9110 §5.3: a second line of " + name + ", which is no list");
        fields.put(name, former + ", " + value);
      }
    }
    Response head = new Response(status, fields, "");
    if (status >= 200) {
      assertFieldsAreRight(head);
    }
    return head;
  }

  private static void assertFieldsAreRight(Response head) {
    String date = head.field("Date").orElse("RFC 9110 §6.6.1: no date");
    assertDoesNotThrow(() -> IMF_FIXDATE.parse(date));
    head.field("Connection").ifPresent(options -> assertEquals("close", options));
    assertEquals(head.status == 401, head.fields.containsKey("WWW-Authenticate"));
    if (head.status == 405) {
      assertTrue(head.fields.containsKey("Allow"), "RFC 9110 §15.5.6: " + head);
    }
    String coding = head.field("Transfer-Encoding").orElse("chunked");
    assertEquals("chunked", coding, "RFC 9112 §7");
    assertNothingInternal(head.fields.toString());
  }

  private byte[] body(Response head) throws IOException {
    Optional<String> length = head.field("Content-Length");
    if (head.fields.containsKey("Transfer-Encoding")) {
      assertTrue(length.isEmpty(), "RFC 9112 §6.2: " + head);
      return chunks();
    }
    String digits = length.orElse("none");
    assertTrue(digits.matches("0|[1-9]\\d{0,6}"), "RFC 9110 §8.6: " + head);
    byte[] body = bytes(Integer.parseInt(digits));
    assertTrue(body.length == 0 || head.fields.containsKey("Content-Type"), "§8.3: " + head);
    return body;
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] chunk = chunk();
    while (chunk.length > 0) {
      body.writeBytes(chunk);
      chunk = chunk();
    }
    return body.toByteArray();
  }

  /** RFC 9112 §7.1, without extensions and trailers, which this server does not send. */
  private byte[] chunk() throws IOException {
    String size = line();
    assertTrue(size.matches("0|[1-9a-f][0-9a-f]{0,5}"), "RFC 9112 §7.1: " + size);
    byte[] chunk = bytes(Integer.parseInt(size, 16));
    assertEquals("", line(), "RFC 9112 §7.1");
    return chunk;
  }

  private byte[] bytes(int length) throws IOException {
    assertTrue(length <= MAX_BODY, "a body of " + length + " bytes");
    byte[] bytes = in.readNBytes(length);
    assertEquals(length, bytes.length, "the body is shorter than its length");
    return bytes;
  }

  private static String text(byte[] body) {
    String text = new String(body, UTF_8);
    assertNothingInternal(text);
    return text;
  }

  private static void assertNothingInternal(String text) {
    for (String internal : INTERNALS) {
      assertFalse(text.contains(internal), text);
    }
  }

  private String throughComment() throws IOException {
    StringBuilder text = new StringBuilder();
    String line = "";
    while (!line.startsWith(":")) {
      line = lineTo('\n');
      text.append(line).append('\n');
    }
    return text.toString();
  }

  private String line() throws IOException {
    String line = lineTo('\n');
    assertTrue(line.endsWith("\r"), "RFC 9112 §2.2: " + line);
    String text = line.substring(0, line.length() - 1);
    assertTrue(text.chars().allMatch(c -> c >= ' ' && c < 0x7f), "RFC 9110 §5.5: " + text);
    return text;
  }

  private String lineTo(char end) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != end; b = in.read()) {
      assertTrue(b >= 0, () -> "the connection ended after: " + line.toString(ISO_8859_1));
      assertTrue(line.size() < MAX_LINE, "a line of more than " + MAX_LINE + " bytes");
      line.write(b);
    }
    return line.toString(ISO_8859_1);
  }
}
