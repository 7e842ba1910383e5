package dev.ssebroker.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * Reads the head of an HTTP/1.x request, strictly: what RFC 9112 does not allow is refused, not
 * repaired, since a proxy in front might have read it differently.
 */
final class RequestParser {
  static final int MAX_REQUEST_LINE_BYTES = 8 * 1024;
  static final int MAX_HEADER_BYTES = 16 * 1024;
  static final int MAX_HEADERS = 100;

  private final ByteReader reader;
  private final InetSocketAddress remote;

  RequestParser(ByteReader reader, InetSocketAddress remote) {
    this.reader = reader;
    this.remote = remote;
  }

  Request parse() throws IOException, BadRequest {
    String[] parts = requestLine().split(" ", -1);
    if (parts.length != 3) {
      throw new BadRequest(400, "the request line is not 'METHOD target HTTP/1.1'");
    }
    String method = parts[0];
    if (!isToken(method)) {
      throw new BadRequest(400, "the method is not a token");
    }
    String version = version(parts[2]);
    String target = target(method, parts[1]);
    Headers headers = headers();
    checkHost(version, headers);

    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    Optional<String> query =
        question < 0 ? Optional.empty() : Optional.of(target.substring(question + 1));
    return new Request(method, path, query, version, headers, remote);
  }

  /** One empty line before it is allowed (RFC 9112 §2.2). */
  private String requestLine() throws IOException, BadRequest {
    BadRequest tooLong =
        new BadRequest(414, "the request line is longer than " + MAX_REQUEST_LINE_BYTES + " bytes");
    String line = reader.line(MAX_REQUEST_LINE_BYTES, tooLong);
    return line.isEmpty() ? reader.line(MAX_REQUEST_LINE_BYTES, tooLong) : line;
  }

  /** RFC 9112 §2.3; a higher minor version of HTTP/1 is served as HTTP/1.1 (RFC 9110 §2.5). */
  private static String version(String version) throws BadRequest {
    if (!version.matches("HTTP/\\d\\.\\d")) {
      throw new BadRequest(400, "the version is not of the form HTTP/1.1");
    }
    if (version.charAt(5) != '1') {
      throw new BadRequest(505, "this server speaks HTTP/1.1 and HTTP/1.0");
    }
    return version.equals("HTTP/1.0") ? version : "HTTP/1.1";
  }

  /** Returns path and query of a target in origin-form or absolute-form (RFC 9112 §3.2). */
  private static String target(String method, String target) throws BadRequest {
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        throw new BadRequest(400, "the target has a character that a URI cannot have");
      }
    }
    if (target.startsWith("/")) {
      return target;
    }
    if (target.regionMatches(true, 0, "http://", 0, 7)) {
      int end = 7;
      while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
        end++;
      }
      String rest = target.substring(end);
      return rest.startsWith("/") ? rest : "/" + rest;
    }
    if (target.equals("*") && method.equals("OPTIONS")) {
      return target;
    }
    throw new BadRequest(400, "the target is neither a path nor an http URI");
  }

  private Headers headers() throws IOException, BadRequest {
    BadRequest tooLarge =
        new BadRequest(431, "the header fields have more than " + MAX_HEADER_BYTES + " bytes");
    Headers.Builder headers = new Headers.Builder();
    int left = MAX_HEADER_BYTES;
    String line = reader.line(left, tooLarge);
    while (!line.isEmpty()) {
      left -= line.length();
      if (headers.size() == MAX_HEADERS) {
        throw new BadRequest(431, "there are more than " + MAX_HEADERS + " header fields");
      }
      addField(headers, line);
      line = reader.line(left, tooLarge);
    }
    return headers.build();
  }

  /** RFC 9112 §5: no space before the colon, no folded lines. */
  private static void addField(Headers.Builder headers, String line) throws BadRequest {
    if (line.charAt(0) == ' ' || line.charAt(0) == '\t') {
      throw new BadRequest(400, "a folded header line");
    }
    int colon = line.indexOf(':');
    if (colon < 0) {
      throw new BadRequest(400, "a header line without a colon");
    }
    String name = line.substring(0, colon);
    if (!isToken(name)) {
      throw new BadRequest(400, "a header name is not a token");
    }
    headers.add(name, line.substring(colon + 1).strip());
  }

  /** RFC 9112 §3.2: exactly one Host in HTTP/1.1, at most one in HTTP/1.0. */
  private static void checkHost(String version, Headers headers) throws BadRequest {
    List<String> hosts = headers.all("Host");
    if (hosts.size() > 1) {
      throw new BadRequest(400, "there is more than one Host field");
    }
    if (hosts.isEmpty() && version.equals("HTTP/1.1")) {
      throw new BadRequest(400, "the Host field is missing");
    }
  }

  /** RFC 9110 §5.6.2. */
  private static boolean isToken(String text) {
    return !text.isEmpty() && text.chars().allMatch(RequestParser::isTokenChar);
  }

  private static boolean isTokenChar(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
  }
}
