package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A second specification of the requests that the server accepts. Unlike the parser, it uses
 * patterns over all bytes of a connection, by the letter of RFC 9110, RFC 9112 and RFC 3986.
 */
final class RequestModel {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]++";
  private static final String TEXT = "[\\t -~\\x80-\\xff]*+";
  private static final String FIELDS = "((?:" + TOKEN + ":" + TEXT + "\\r\\n)*+)\\r\\n";

  private static final Pattern HEAD =
      Pattern.compile(
          "(?:\\r\\n)?((%s) ([!-~]++) HTTP/1\\.([0-9]))\\r\\n%s".formatted(TOKEN, FIELDS));

  private static final Pattern CHUNK =
      Pattern.compile("(([0-9A-Fa-f]{1,8})(?:[ \\t]*+;" + TEXT + ")?+)\\r\\n");

  private static final Pattern TRAILERS = Pattern.compile(FIELDS);

  private static final String HOST =
      "(?:\\[[0-9A-Fa-f:.]++\\]|\\[[Vv][0-9A-Fa-f]++\\.[A-Za-z0-9._~!$&'()*+,;=:-]++\\]"
          + "|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})";

  private static final String PORT = "(?::[0-9]{0,5})?+";

  private static final Pattern HOST_FIELD = Pattern.compile(HOST + "*+)" + PORT);

  private static final Pattern ABSOLUTE =
      Pattern.compile("(?i:https?)://" + HOST + "++)" + PORT + "((?:[/?].*+)?+)");

  private static final Pattern ESCAPED = Pattern.compile("(?:[^%#]|%[0-9A-Fa-f]{2})++");

  private static final Pattern ESCAPE = Pattern.compile("%(..)");

  /** RFC 3629 §4. */
  private static final Pattern UTF8 =
      Pattern.compile(
          ("(?:[\\x00-\\x7f]|[\\xc2-\\xdf]T|\\xe0[\\xa0-\\xbf]T|[\\xe1-\\xec\\xee\\xef]TT"
                  + "|\\xed[\\x80-\\x9f]T|\\xf0[\\x90-\\xbf]TT|[\\xf1-\\xf3]TTT|\\xf4[\\x80-\\x8f]TT)*+")
              .replace("T", "[\\x80-\\xbf]"));

  private static final Pattern ASCII_FIELD =
      Pattern.compile("(?i)connection|content-length|expect|host|transfer-encoding");

  private final String bytes;
  private final Limits limits;
  private int position;

  private RequestModel(byte[] bytes, Limits limits) {
    this.bytes = new String(bytes, ISO_8859_1);
    this.limits = limits;
  }

  /** A field and the bytes of its value. */
  record Field(String name, String value) {
    /** Returns the value that the parser must return. */
    String text() {
      boolean utf8 = UTF8.matcher(value).matches() && !ASCII_FIELD.matcher(name).matches();
      return utf8 ? new String(value.getBytes(ISO_8859_1), UTF_8) : value;
    }
  }

  /** A request that must be accepted. The next one begins at its end. */
  record Accepted(
      String method, String target, String version, List<Field> fields, String body, int end) {
    List<String> texts(String name) {
      return fields.stream()
          .filter(field -> field.name.equalsIgnoreCase(name))
          .map(Field::text)
          .toList();
    }

    List<String> values(String name) {
      return fields.stream()
          .filter(field -> field.name.equalsIgnoreCase(name))
          .map(Field::value)
          .toList();
    }

    /** Returns the same request in its unambiguous form. */
    String canonical() {
      StringBuilder text = new StringBuilder("%s %s %s\r\n".formatted(method, target, version));
      fields.forEach(field -> text.append("%s:%s\r\n".formatted(field.name, field.value)));
      text.append("\r\n");
      if (values("Transfer-Encoding").isEmpty()) {
        return text + body;
      }
      String size = Integer.toHexString(body.length());
      return text + (body.isEmpty() ? "" : size + "\r\n" + body + "\r\n") + "0\r\n\r\n";
    }
  }

  /** Returns the requests before the first that is malformed, too large or truncated. */
  static List<Accepted> accepted(byte[] bytes, Limits limits) {
    RequestModel model = new RequestModel(bytes, limits);
    List<Accepted> accepted = new ArrayList<>();
    Optional<Accepted> next = model.next();
    while (next.isPresent()) {
      accepted.add(next.get());
      next = model.next();
    }
    return accepted;
  }

  private Optional<Accepted> next() {
    Matcher head = HEAD.matcher(bytes).region(position, bytes.length());
    if (!head.lookingAt() || head.group(1).length() > limits.requestLineBytes()) {
      return Optional.empty();
    }
    position = head.end();
    Optional<List<Field>> fields = fields(head.group(5));
    Optional<String> target = target(head.group(2), head.group(3));
    if (fields.isEmpty() || target.isEmpty()) {
      return Optional.empty();
    }
    String version = head.group(4).equals("0") ? "HTTP/1.0" : "HTTP/1.1";
    Accepted request =
        new Accepted(head.group(2), target.get(), version, fields.get(), "", position);
    return Optional.of(request).filter(RequestModel::hasGoodHost).flatMap(this::withBody);
  }

  private Optional<List<Field>> fields(String text) {
    List<Field> fields = new ArrayList<>();
    int length = 0;
    for (String line : text.split("\r\n", -1)) {
      if (!line.isEmpty()) {
        int colon = line.indexOf(':');
        String value = line.substring(colon + 1).replaceAll("^[ \t]++|[ \t]++\\z", "");
        fields.add(new Field(line.substring(0, colon), value));
        length += line.length();
      }
    }
    boolean fits = length <= limits.headerBytes() && fields.size() <= limits.headerCount();
    return fits ? Optional.of(fields) : Optional.empty();
  }

  private static Optional<String> target(String method, String target) {
    if (!ESCAPED.matcher(target).matches()
        || !UTF8.matcher(unescaped(target)).matches()
        || method.equals("CONNECT")) {
      return Optional.empty();
    }
    if (target.startsWith("/") || (target.equals("*") && method.equals("OPTIONS"))) {
      return Optional.of(target);
    }
    Matcher absolute = ABSOLUTE.matcher(target);
    if (!absolute.matches()) {
      return Optional.empty();
    }
    String path = absolute.group(1);
    return Optional.of(path.startsWith("/") ? path : "/" + path);
  }

  private static String unescaped(String target) {
    return ESCAPE
        .matcher(target)
        .replaceAll(escape -> {
          char decoded = (char) Integer.parseInt(escape.group(1), 16);
          return Matcher.quoteReplacement(String.valueOf(decoded));
        });
  }

  private static boolean hasGoodHost(Accepted request) {
    List<String> hosts = request.values("Host");
    return hosts.isEmpty()
        ? request.version.equals("HTTP/1.0")
        : hosts.size() == 1 && HOST_FIELD.matcher(hosts.getFirst()).matches();
  }

  private Optional<Accepted> withBody(Accepted request) {
    List<String> lengths = request.values("Content-Length");
    List<String> codings = request.values("Transfer-Encoding");
    if (!request.values("Expect").stream().allMatch("100-continue"::equalsIgnoreCase)) {
      return Optional.empty();
    }
    if (!codings.isEmpty()) {
      boolean chunked =
          codings.size() == 1
              && codings.getFirst().toLowerCase(Locale.ROOT).equals("chunked")
              && lengths.isEmpty()
              && request.version.equals("HTTP/1.1");
      return chunked ? chunks().map(body -> with(body, request)) : Optional.empty();
    }
    if (lengths.isEmpty()) {
      return Optional.of(request);
    }
    if (lengths.size() > 1 || !lengths.getFirst().matches("[0-9]{1,18}")) {
      return Optional.empty();
    }
    return taken(Long.parseLong(lengths.getFirst())).map(body -> with(body, request));
  }

  /** Whether the body can be read: it has no coding, or gzip, of which no input makes a body. */
  static boolean isDecoded(Accepted request) {
    String codings = String.join(",", request.texts("Content-Encoding")).toLowerCase(Locale.ROOT);
    List<String> applied =
        Arrays.stream(codings.split(",", -1))
            .map(String::strip)
            .filter(coding -> !coding.isEmpty() && !coding.equals("identity"))
            .toList();
    return applied.isEmpty()
        || (applied.size() == 1
            && applied.getFirst().matches("(x-)?gzip")
            && request.body.isEmpty());
  }

  private Accepted with(String body, Accepted request) {
    return new Accepted(
        request.method, request.target, request.version, request.fields, body, position);
  }

  private Optional<String> taken(long length) {
    if (length > limits.bodyBytes() || length > bytes.length() - position) {
      return Optional.empty();
    }
    String data = bytes.substring(position, position + (int) length);
    position += (int) length;
    return Optional.of(data);
  }

  private Optional<String> chunks() {
    StringBuilder body = new StringBuilder();
    while (true) {
      Matcher chunk = CHUNK.matcher(bytes).region(position, bytes.length());
      if (!chunk.lookingAt() || chunk.group(1).length() > 256) {
        return Optional.empty();
      }
      position = chunk.end();
      Optional<String> data = taken(Long.parseLong(chunk.group(2), 16));
      if (data.isEmpty() || body.append(data.get()).length() > limits.bodyBytes()) {
        return Optional.empty();
      }
      if (data.get().isEmpty()) {
        return trailers() ? Optional.of(body.toString()) : Optional.empty();
      }
      if (!bytes.startsWith("\r\n", position)) {
        return Optional.empty();
      }
      position += 2;
    }
  }

  private boolean trailers() {
    Matcher trailers = TRAILERS.matcher(bytes).region(position, bytes.length());
    if (!trailers.lookingAt() || fields(trailers.group(1)).isEmpty()) {
      return false;
    }
    position = trailers.end();
    return true;
  }
}
