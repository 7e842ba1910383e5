package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * Generates requests of RFC 9112 in all their forms, one or more in a row, most of them with a few
 * mutations. The seed determines the output.
 */
final class RequestGrammar {
  /** Small, so that generated requests reach each limit. */
  static final Limits LIMITS =
      Limits.builder()
          .requestLineBytes(160)
          .headerBytes(320)
          .headerCount(10)
          .bodyBytes(100)
          .build();

  private static final String TOKEN = "abcXYZ019!#$%&'*+-.^_`|~";

  /** Texts that parsers tend to mishandle. */
  private static final String[] PIECES =
      """
      \\r \\n \\r\\n \\r\\n\\r\\n \\n\\n \\r\\r\\n \\s \\t \\0 \\13 \\177 \\200 \\205 \\240 \\377
      : , ; = \\" % %0 %00 %c3%BC %E4 %ed%a0%80 \\303\\274 # ? * / // @ [ ] + - 0 1 -1 +5 0x5 5;a=b 7fffffff 80000000 ffffffff
      fffffffff 99999999999999999 999999999999999999 18446744073709551621 \\26\\3\\1
      PRI\\s*\\sHTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n HTTP/1.1 HTTP/1.0 HTTP/2.0 http:// https://a
      Host:\\sa\\r\\n Host:[::1]:80\\r\\n Content-Length:5\\r\\n Content-Length:\\s0\\r\\n
      Transfer-Encoding:chunked\\r\\n Transfer-Encoding:\\sgzip\\r\\n Expect:\\s100-continue\\r\\n
      Connection:\\sclose\\r\\n X:\\sy\\r\\n \\sfolded\\r\\n chunked ,\\schunked identity
      GET\\s HEAD\\s POST\\s OPTIONS\\s*\\s CONNECT\\sa:1\\s get\\s
      """
          .strip()
          .split("\\s+", -1);

  private final SplittableRandom random;

  RequestGrammar(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /**
   * Returns as many seeds as asked for, from a random one; or only that of {@code -Dfuzz.seed=…}.
   */
  static LongStream seeds(int count) {
    Long only = Long.getLong("fuzz.seed");
    long first = only == null ? new SplittableRandom().nextLong(1_000_000_000) : only;
    long end = first + (only == null ? count : 1);
    System.out.printf("fuzz: %d inputs from seed %d%n", end - first, first);
    return LongStream.range(first, end);
  }

  /** Returns the bytes of one connection. */
  byte[] bytes() {
    String text = requests();
    int mistakes = Math.max(0, random.nextInt(6) - 1);
    for (int i = 0; i < mistakes; i++) {
      text = withMistake(text);
    }
    return text.isEmpty() ? new byte[1] : text.getBytes(ISO_8859_1);
  }

  private String requests() {
    StringBuilder text = new StringBuilder(request());
    while (chance(3)) {
      text.append(request());
    }
    return text.toString();
  }

  private String request() {
    boolean chunked = chance(4);
    String body = chance(2) ? "" : data(random.nextInt(chance(8) ? 110 : 12));
    String version =
        pick("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.2", chunked ? "HTTP/1.9" : "HTTP/1.0");
    List<String> fields = new ArrayList<>(List.of(pick("Host", "host", "HOST") + ":" + host()));
    if (chunked) {
      fields.add("Transfer-Encoding: " + pick("chunked", "Chunked", " chunked\t"));
    } else if (!body.isEmpty() || chance(4)) {
      fields.add("Content-Length:" + pick("", " ", "\t") + pick("", "", "000") + body.length());
    }
    while (chance(2)) {
      fields.add(random.nextInt(fields.size() + 1), field());
    }
    String head = chance(8) ? "\r\n" : "";
    head += method() + " " + target() + " " + version + "\r\n";
    head += String.join("\r\n", fields) + "\r\n\r\n";
    return head + (chunked ? chunks(body) : body);
  }

  private String method() {
    return chance(8)
        ? pick("CONNECT", "TRACE", "get", many(TOKEN, 1 + random.nextInt(8)))
        : pick("GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE");
  }

  private String target() {
    String path =
        pick("/", "/page", "/topics/news", "/topics/", "//a", "/a%2F%f0%9F%98%80" + path());
    String query = chance(3) ? "?" + pick("", "a=b&c", "type=x", "lastEventId=" + path()) : "";
    return chance(4)
        ? pick("http", "HTTP", "https") + "://" + authority() + path + query
        : path + query;
  }

  private String path() {
    return many("abc/.-_~!$&'()*+,;=:@", random.nextInt(chance(20) ? 220 : 12));
  }

  private String authority() {
    return pick("a", "a.example", "192.0.2.1", "[::1]", "[2001:DB8::1]", "a%41") + pick("", ":80");
  }

  private String host() {
    return pick("", " ", "\t ") + (chance(6) ? "" : authority()) + pick("", " ");
  }

  private String field() {
    return switch (random.nextInt(8)) {
      case 0 -> "Connection: " + pick("close", "keep-alive", "x, Close", "upgrade");
      case 1 -> "Expect: " + pick("100-continue", "100-Continue");
      case 2 -> "Accept: " + pick("text/event-stream", "*/*", "text/html;q=0.5, */*;q=0");
      case 3 -> "Event-Type: " + pick("tick", "a b", "");
      case 4 -> "Content-Type: " + pick("text/plain", "application/json", "a/b; c=d");
      case 5 ->
          "X:" + many("ab \t\u0080\u00ff\u00c3\u00bc\"\\", random.nextInt(chance(20) ? 420 : 20));
      default -> many(TOKEN, 1 + random.nextInt(12)) + ": " + many("abc 123", random.nextInt(12));
    };
  }

  private String data(int length) {
    return many("hello\r\n0:; {}\u00e4", length);
  }

  private String chunks(String body) {
    StringBuilder text = new StringBuilder();
    int done = 0;
    while (done < body.length()) {
      int size = 1 + random.nextInt(body.length() - done);
      text.append(size(size)).append(body, done, done + size).append("\r\n");
      done += size;
    }
    text.append(size(0));
    while (chance(4)) {
      text.append(field()).append("\r\n");
    }
    return text.append("\r\n").toString();
  }

  private String size(int size) {
    String digits = pick("", "", "0", "000000") + Integer.toHexString(size);
    String extension =
        pick("", "", "", ";", ";a=b", " ; a=\"b;\"", ";" + many("a", random.nextInt(300)));
    return (chance(2) ? digits : digits.toUpperCase(Locale.ROOT)) + extension + "\r\n";
  }

  private String withMistake(String text) {
    int from = chance(2) ? random.nextInt(text.length() + 1) : randomBoundary(text);
    int to = Math.min(text.length(), from + random.nextInt(chance(4) ? 64 : 4));
    String before = text.substring(0, from);
    String range = text.substring(from, to);
    String after = text.substring(to);
    return switch (random.nextInt(10)) {
      case 0 -> before + flipped(range) + after;
      case 1 -> before + after;
      case 2 -> before + range + range + after;
      case 3 -> before + range + range.repeat(random.nextInt(100)) + after;
      case 4 -> chance(4) ? before : before + range + pick(PIECES).translateEscapes() + after;
      case 5 -> before + pick(PIECES).translateEscapes() + after;
      case 6 -> before + (char) random.nextInt(256) + range + after;
      case 7 -> before + randomSuffix(requests());
      case 8 -> before + range.replaceAll("[0-9]+", "9".repeat(1 + random.nextInt(24))) + after;
      default -> withLineTwice(text);
    };
  }

  /** Returns an index at the end of a line, a name, a number or a word. */
  private int randomBoundary(String text) {
    String mark = pick("\r", "\n", "\r\n\r\n", ":", " ", ";", ",", "/", "HTTP", "chunked");
    int found = text.indexOf(mark, random.nextInt(text.length() + 1));
    return found < 0 || chance(2) ? Math.max(found, 0) : found + mark.length();
  }

  private String randomSuffix(String text) {
    return text.substring(random.nextInt(text.length()));
  }

  private String flipped(String range) {
    StringBuilder text = new StringBuilder(range);
    for (int i = 0; i < text.length(); i++) {
      text.setCharAt(i, (char) (text.charAt(i) ^ (1 << random.nextInt(8))));
    }
    return text.toString();
  }

  private String withLineTwice(String text) {
    List<String> lines = new ArrayList<>(List.of(text.split("(?<=\r\n)", -1)));
    lines.add(random.nextInt(lines.size()), lines.get(random.nextInt(lines.size())));
    return String.join("", lines);
  }

  private String many(String characters, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(characters.charAt(random.nextInt(characters.length())));
    }
    return text.toString();
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  /** Returns a readable form of the bytes, for messages. */
  static String escaped(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      int c = b & 0xff;
      text.append(
          switch (c) {
            case '\r' -> "\\r";
            case '\n' -> "\\n";
            case '\\' -> "\\\\";
            default -> c >= ' ' && c < 0x7f ? String.valueOf((char) c) : "\\x%02x".formatted(c);
          });
    }
    return text.toString();
  }
}
