package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestBodyTest {
  private static final Limits LIMITS = Limits.builder().bodyBytes(20_000).build();
  private static final String LONGEST = "x".repeat(20_000);
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";

  private final List<Boolean> prepared = new ArrayList<>();
  private ByteReader reader = new ByteReader(new ByteArrayInputStream(new byte[0]));

  private RequestBody body(String version, String rest) throws IOException, BadRequest {
    byte[] bytes =
        ("POST / " + version + "\r\nHost: a\r\n" + rest).getBytes(StandardCharsets.ISO_8859_1);
    reader = new ByteReader(new ByteArrayInputStream(bytes));
    InetSocketAddress remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    Request request = new RequestParser(reader, LIMITS, remote).parse();
    return new RequestBody(request, reader, LIMITS, prepared::add);
  }

  private RequestBody body(String rest) throws IOException, BadRequest {
    return body("HTTP/1.1", rest);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Content-Length: 5\\r\\n\\r\\nhello | hello",
        "Content-Length: 005\\r\\n\\r\\nhello | hello",
        "Content-Length: 000000000000000005\\r\\n\\r\\nhello | hello",
        "Transfer-Encoding: chunked\\r\\n\\r\\n5\\r\\nhello\\r\\n0\\r\\n\\r\\n | hello",
        "Transfer-Encoding: CHUNKED\\r\\n\\r\\n00000005;a=b\\r\\nhello\\r\\n0\\r\\n\\r\\n | hello",
        "Transfer-Encoding: chunked\\r\\n\\r\\n1 ;a\\r\\nh\\r\\n1\\r\\ni\\r\\n0\\r\\nA: b\\r\\n\\r\\n | hi",
      })
  void bodyIsReadByItsFraming(String rest, String text) throws Exception {
    assertArrayEquals(bytes(text), body(rest.translateEscapes() + "next").read());
    assertEquals('n', reader.peek());
    assertEquals(List.of(false), prepared);
  }

  @Test
  void longestBodyIsRead() throws Exception {
    assertArrayEquals(bytes(LONGEST), body("Content-Length: 20000\r\n\r\n" + LONGEST).read());
    String chunk = "4e20\r\n" + LONGEST + "\r\n0\r\n\r\n";
    assertArrayEquals(bytes(LONGEST), body(CHUNKED + chunk).read());
    String chunks = "4e1f\r\n" + LONGEST.substring(1) + "\r\n1\r\nx\r\n0\r\n\r\n";
    assertArrayEquals(bytes(LONGEST), body(CHUNKED + chunks).read());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "413 | Content-Length: 20001\\r\\n\\r\\n",
        "413 | Content-Length: 999999999999999999\\r\\n\\r\\n",
        "400 | Content-Length: 1000000000000000000\\r\\n\\r\\n",
        "400 | Content-Length: +5\\r\\n\\r\\nhello",
        "400 | Content-Length:\\r\\n\\r\\n",
        "400 | Content-Length: 5\\r\\nContent-Length: 5\\r\\n\\r\\nhello",
        "400 | Content-Length: 5, 5\\r\\n\\r\\nhello",
        "400 | Content-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
        "400 | Transfer-Encoding: chunked, chunked\\r\\n\\r\\n",
        "400 | Transfer-Encoding: chunked\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n",
        "400 | Transfer-Encoding: chunked, gzip\\r\\n\\r\\n",
        "400 | Transfer-Encoding: chunked,\\r\\n\\r\\n",
        "501 | Transfer-Encoding: gzip, chunked\\r\\n\\r\\n",
        "501 | Transfer-Encoding: gzip\\r\\n\\r\\n",
        "417 | Content-Length: 5\\r\\nExpect: 200-ok\\r\\n\\r\\n",
      })
  void ambiguousOrTooLargeFramingIsRefusedAtOnce(int status, String rest) {
    BadRequest e = assertThrows(BadRequest.class, () -> body(rest.translateEscapes()));
    assertEquals(status, e.answer.status());
    assertEquals(List.of(), prepared);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "413 | 4e21\\r\\n",
        "413 | ffffffff\\r\\n",
        "413 | 4e20\\r\\n{longest}\\r\\n1\\r\\nx",
        "400 | 000000005\\r\\nhello",
        "400 | \\r\\nhello",
        "400 | ;a\\r\\nhello",
        "400 | 5 a\\r\\nhello",
        "400 | g\\r\\nhello",
        "400 | 5\\r\\nhello!\\r\\n0\\r\\n\\r\\n",
        "400 | 5\\r\\nhello\\rx0\\r\\n\\r\\n",
        "400 | 0\\r\\nA\\r\\n\\r\\n",
      })
  void malformedOrTooLargeChunkIsRefused(int status, String chunks) throws Exception {
    String rest = chunks.translateEscapes().replace("{longest}", LONGEST);
    for (boolean skipped : List.of(false, true)) {
      RequestBody body = body(CHUNKED + rest);
      BadRequest e = assertThrows(BadRequest.class, () -> take(body, skipped));
      assertEquals(status, e.answer.status());
    }
  }

  private static void take(RequestBody body, boolean skipped) throws IOException, BadRequest {
    if (skipped) {
      body.skip();
    } else {
      byte[] unused = body.read();
    }
  }

  @Test
  void chunkLineIsBounded() throws Exception {
    String extension = "a".repeat(254);
    assertArrayEquals(bytes("x"), body(CHUNKED + "1;" + extension + "\r\nx\r\n0\r\n\r\n").read());
    RequestBody tooLong = body(CHUNKED + "1;" + extension + "a\r\nx\r\n0\r\n\r\n");
    assertEquals(400, assertThrows(BadRequest.class, tooLong::read).answer.status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Content-Length: 5\r\n\r\nhell", CHUNKED + "5\r\nhell", CHUNKED + "5\r\n"})
  void truncatedBodyIsAnError(String rest) throws Exception {
    assertThrows(ByteReader.Truncated.class, body(rest)::read);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", "Content-Length: 0\r\n\r\n"})
  void requestWithoutABodyNeedsNoPreparation(String rest) throws Exception {
    RequestBody body = body("Expect: 100-continue\r\n" + rest + "next");
    assertFalse(body.awaitsContinue());
    assertArrayEquals(new byte[0], body.read());
    body.skip();
    assertEquals(List.of(), prepared);
    assertEquals('n', reader.peek());
  }

  @Test
  void bodyIsReadOnceAndThenSkipped() throws Exception {
    RequestBody body = body("Content-Length: 5\r\n\r\nhellonext");
    assertArrayEquals(bytes("hello"), body.read());
    assertArrayEquals(new byte[0], body.read());
    body.skip();
    assertEquals('n', reader.peek());
    assertEquals(List.of(false), prepared);

    RequestBody skipped = body("Content-Length: 5\r\n\r\nhellonext");
    skipped.skip();
    assertEquals('n', reader.peek());
    assertArrayEquals(new byte[0], skipped.read());
  }

  @Test
  void clientThatExpectsContinueWaitsUntilTheBodyIsRead() throws Exception {
    RequestBody body = body("Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx");
    assertTrue(body.awaitsContinue());
    assertArrayEquals(bytes("x"), body.read());
    assertFalse(body.awaitsContinue());
    assertEquals(List.of(true), prepared);
  }

  /** RFC 9110 §10.1.1: HTTP/1.0 has no interim answers. RFC 9112 §6.1: it has no chunks. */
  @Test
  void http10HasNoContinueAndNoChunks() throws Exception {
    RequestBody body = body("HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx");
    assertFalse(body.awaitsContinue());
    assertArrayEquals(bytes("x"), body.read());
    assertEquals(List.of(false), prepared);
    assertEquals(
        400,
        assertThrows(BadRequest.class, () -> body("HTTP/1.0", CHUNKED + "0\r\n\r\n"))
            .answer
            .status());
  }
}
