package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestParserTest {
  private static final String HOST = "Host: a\r\n";

  @Test
  void headIsParsed() throws Exception {
    Request request =
        parse(
            "GET /events?topic=a&b HTTP/1.1\r\nhost: a:80\r\nAccept:  text/html \r\nX: 1\r\nx: 2\r\n\r\n");
    assertEquals("GET", request.method());
    assertEquals("/events", request.path());
    assertEquals(Optional.of("topic=a&b"), request.query());
    assertEquals("HTTP/1.1", request.version());
    assertEquals(Optional.of("text/html"), request.headers().first("accept"));
    assertEquals(List.of("1", "2"), request.headers().all("X"));
    assertEquals(Optional.empty(), request.headers().first("Cookie"));
  }

  /** Each row cites its rule. */
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "RFC 9112 §2.2 an empty line before the request    | \\r\\nGET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n     | /",
        "RFC 9112 §3.2.1 origin-form                       | GET /a/b?c HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n     | /a/b",
        "RFC 9112 §3.2.2 absolute-form                     | GET http://h:1/a?b HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n | /a",
        "RFC 9112 §3.2.2 absolute-form, no path            | GET HTTP://h HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n   | /",
        "RFC 9112 §3.2.2 absolute-form, query without path | GET http://h?q HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n | /",
        "RFC 9112 §3.2.4 asterisk-form                     | OPTIONS * HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n      | *",
        "RFC 9112 §3.2 an empty Host                       | GET / HTTP/1.1\\r\\nHost:\\r\\n\\r\\n             | /",
        "RFC 9112 §3.2 no Host in HTTP/1.0                 | GET / HTTP/1.0\\r\\n\\r\\n                        | /",
        "RFC 9110 §2.5 a higher minor version              | GET / HTTP/1.9\\r\\nHost: a\\r\\n\\r\\n          | /",
        "RFC 9110 §5.5 obs-text in a value                 | GET / HTTP/1.1\\r\\nHost: a\\r\\nX: é\\r\\n\\r\\n | /",
      })
  void headIsAccepted(String rule, String head, String path) throws Exception {
    assertEquals(path, parse(unescape(head)).path(), rule);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "400 | RFC 9112 §3 two words                    | GET /\\r\\n\\r\\n",
        "400 | RFC 9112 §3 four words                   | GET / x HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §3 two spaces                   | GET  / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §3 a tab for a space            | GET\\t/ HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §2.2 two empty lines before it  | \\r\\n\\r\\nGET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §2.2 a line that ends with LF   | GET / HTTP/1.1\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §2.2 a bare CR                  | GET / HTTP/1.1\\r\\nHost: a\\rb\\r\\n\\r\\n",
        "400 | RFC 9110 §9.1 the method is not a token  | G(T / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §3.2 a target without a slash   | GET events HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §3.2 a fragment                 | GET /#a HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 3986 §2 a character above ASCII      | GET /é HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §3.2.4 asterisk but not OPTIONS | GET * HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §2.3 no version                 | GET / HTTP\\r\\nHost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §2.3 a version in lower case    | GET / http/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "505 | RFC 9110 §15.6.6 another major version   | GET / HTTP/2.0\\r\\nHost: a\\r\\n\\r\\n",
        "505 | RFC 9113 §3.4 the preface of HTTP/2      | PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n",
        "400 | RFC 9112 §3.2 no Host                    | GET / HTTP/1.1\\r\\n\\r\\n",
        "400 | RFC 9112 §3.2 two Hosts                  | GET / HTTP/1.1\\r\\nHost: a\\r\\nhost: a\\r\\n\\r\\n",
        "400 | RFC 9112 §5.1 a space before the colon   | GET / HTTP/1.1\\r\\nHost : a\\r\\n\\r\\n",
        "400 | RFC 9112 §5.2 a folded line              | GET / HTTP/1.1\\r\\nHost: a\\r\\n b\\r\\n\\r\\n",
        "400 | RFC 9112 §5 no colon                     | GET / HTTP/1.1\\r\\nHost: a\\r\\nX\\r\\n\\r\\n",
        "400 | RFC 9112 §5 no name                      | GET / HTTP/1.1\\r\\nHost: a\\r\\n: x\\r\\n\\r\\n",
        "400 | RFC 9110 §5.1 a name that is no token    | GET / HTTP/1.1\\r\\nHost: a\\r\\nX/Y: x\\r\\n\\r\\n",
        "400 | RFC 9110 §5.5 NUL in a value             | GET / HTTP/1.1\\r\\nHost: a\\0b\\r\\n\\r\\n",
        "400 | RFC 9110 §5.5 a control in a value       | GET / HTTP/1.1\\r\\nHost: a\\7b\\r\\n\\r\\n",
        "400 | RFC 8446 §5.1 a TLS hello                | \\26\\3\\1\\2\\0\\1",
      })
  void headIsRefused(int status, String rule, String head) {
    BadRequest e = assertThrows(BadRequest.class, () -> parse(unescape(head)), rule);
    assertEquals(status, e.answer.status(), rule);
  }

  /** RFC 3986 §2.1 and §3.2. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%",
        "/%4",
        "/%zz",
        "/%4g",
        "/%g4",
        "/?%",
        "/%E4",
        "/?k%F6ln",
        "/%C3&%BC",
        "/%C3/%BC",
        "/%C3",
        "/%C0%AF",
        "/%ED%A0%80",
        "/%F4%90%80%80",
        "http://%E4/",
        "/#a",
        "/\u0080",
        "http://a:b/",
        "http://a@b/"
      })
  void targetThatIsNotAUriIsRefused(String target) {
    assertStatus(400, "GET " + target + " HTTP/1.1\r\n" + HOST + "\r\n");
  }

  @Test
  void targetMayHaveEscapesAndEveryVisibleCharacterExceptOne() throws Exception {
    String target = "/!~%41%00%c3%Bc%F4%8F%bf%BF";
    assertEquals(target, parse("GET " + target + " HTTP/1.1\r\n" + HOST + "\r\n").path());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "a b", "a:b", "a@b", "[::1", "a:123456", "%4"})
  void invalidHostIsRefused(String host) {
    assertStatus(400, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }

  /** RFC 9110 §5.5. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\\303\\274             | ü",
        "a\\360\\237\\230\\200b   | a\uD83D\uDE00b",
        "\\374                 | ü",
        "\\303\\274\\374         | Ã¼ü",
        "\\355\\240\\200         | í\u00a0\u0080",
        "\\240a\\205            | \u00a0a\u0085",
      })
  void valueIsUtf8OrElseLatin1(String bytes, String text) throws Exception {
    Request request = parse("GET / HTTP/1.1\r\nHost: a\r\nX: " + unescape(bytes) + "\r\n\r\n");
    assertEquals(Optional.of(text), request.headers().first("X"));
  }

  /** The Kelvin sign and the long s equal k and s in another case. */
  @Test
  void fieldThatFramesTheMessageIsNotDecoded() throws Exception {
    String fields =
        "Connection: clo\u00c5\u00bfe\r\ntransfer-encoding: chun\u00e2\u0084\u00aaed\r\n";
    Request request = parse("GET / HTTP/1.1\r\n" + HOST + fields + "\r\n");
    assertFalse(request.lists("Connection", "close"));
    assertEquals(
        Optional.of("chun\u00e2\u0084\u00aaed"), request.headers().first("Transfer-Encoding"));
  }

  /** RFC 9110 §5.6.2. */
  @Test
  void tokenHasTheseCharactersOnly() {
    String allowed =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (char c = 0; c < 0x180; c++) {
      assertEquals(allowed.indexOf(c) >= 0, RequestParser.isToken("a" + c), "U+" + (int) c);
    }
    assertFalse(RequestParser.isToken(""));
  }

  @Test
  void methodAndOriginOfARefusedRequestAreKnown() {
    for (String method : List.of("HEAD", "GET")) {
      RequestParser parser = parser(method + " / HTTP/1.1\r\nOrigin: https://a.example\r\n\r\n");
      assertThrows(BadRequest.class, parser::parse);
      assertEquals(method.equals("HEAD"), parser.isHead());
      assertEquals(Optional.of("https://a.example"), parser.origin());
    }
  }

  @Test
  void requestLineIsBounded() throws Exception {
    String frame = "GET / HTTP/1.1";
    String longest = "a".repeat(Limits.DEFAULT.requestLineBytes() - frame.length());
    assertEquals("/" + longest, parse("GET /" + longest + " HTTP/1.1\r\n" + HOST + "\r\n").path());
    assertStatus(414, "GET /" + longest + "a HTTP/1.1\r\n" + HOST + "\r\n");
  }

  @Test
  void headerBytesAreBounded() throws Exception {
    String longest = "a".repeat(Limits.DEFAULT.headerBytes() - HOST.length() + 2 - "X: ".length());
    assertEquals("/", parse("GET / HTTP/1.1\r\n" + HOST + "X: " + longest + "\r\n\r\n").path());
    assertStatus(431, "GET / HTTP/1.1\r\n" + HOST + "X: " + longest + "a\r\n\r\n");
  }

  @Test
  void headerFieldsAreBounded() throws Exception {
    String most = "X: 1\r\n".repeat(Limits.DEFAULT.headerCount() - 1);
    assertEquals("/", parse("GET / HTTP/1.1\r\n" + HOST + most + "\r\n").path());
    assertStatus(431, "GET / HTTP/1.1\r\n" + HOST + most + "X: 1\r\n\r\n");
  }

  @Test
  void truncatedHeadIsAnError() {
    String head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (int end = 1; end < head.length(); end++) {
      String part = head.substring(0, end);
      assertThrows(ByteReader.Truncated.class, () -> parse(part), part);
    }
  }

  private static void assertStatus(int status, String head) {
    assertEquals(status, assertThrows(BadRequest.class, () -> parse(head)).answer.status());
  }

  private static Request parse(String head) throws IOException, BadRequest {
    return parser(head).parse();
  }

  private static RequestParser parser(String head) {
    byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
    InetSocketAddress remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    ByteReader reader = new ByteReader(new ByteArrayInputStream(bytes));
    return new RequestParser(reader, Limits.DEFAULT, remote);
  }

  /** Decodes the escapes of Java's string literals, including octal ones for bytes. */
  private static String unescape(String text) {
    return text.translateEscapes();
  }
}
