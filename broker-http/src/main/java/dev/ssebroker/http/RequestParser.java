package dev.ssebroker.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Parses the head of an HTTP/1.x request. The parser is strict: it refuses what RFC 9112 does not
 * allow and repairs nothing, because a proxy in front may have read it differently.
 */
final class RequestParser {
  /** The first byte of a TLS connection (RFC 8446 §5.1). */
  private static final int TLS_HANDSHAKE = 22;

  /**
   * RFC 3986 §3.2.2 and §3.2.3. A Host field has no user information (RFC 9110 §7.2). The loops are
   * possessive: backtracking would need stack for every character.
   */
  private static final Pattern AUTHORITY =
      Pattern.compile(
          "(\\[([0-9A-Fa-f:.]+|[vV][0-9A-Fa-f]+\\.[\\w.~!$&'()*+,;=:-]+)\\]"
              + "|([\\w.~!$&'()*+,;=-]++|%[0-9A-Fa-f]{2})*+)(:\\d{0,5})?");

  /** RFC 9112 §2.3. */
  private static final Pattern VERSION = Pattern.compile("HTTP/\\d\\.\\d");

  private final ByteReader reader;
  private final Limits limits;
  private final InetSocketAddress remote;

  // The parts of the request that are known so far.
  private String method = "";
  private Optional<String> origin = Optional.empty();

  RequestParser(ByteReader reader, Limits limits, InetSocketAddress remote) {
    this.reader = reader;
    this.limits = limits;
    this.remote = remote;
  }

  /**
   * Returns whether the request, complete or not, is a HEAD request, whose answer has no content.
   */
  boolean isHead() {
    return method.equals("HEAD");
  }

  /** Returns the origin of the page that sent the request, complete or not. */
  Optional<String> origin() {
    return origin;
  }

  Request parse() throws IOException, BadRequest {
    if (reader.peek() == TLS_HANDSHAKE) {
      throw new BadRequest(400, "this port speaks plain HTTP, not TLS");
    }
    String[] parts = requestLine().split(" ", -1);
    method = parts[0];
    if (parts.length != 3) {
      throw new BadRequest(400, "the request line is not 'METHOD target HTTP/1.1'");
    }
    if (!isToken(method)) {
      throw new BadRequest(400, "the method is not a token");
    }
    String version = version(parts[2]);
    String target = target(method, parts[1]);
    Headers headers = fields(reader, limits);
    origin = headers.first("Origin");
    return request(method, target, version, headers, remote);
  }

  /**
   * Checks the head of a request that another server has read, by the same rules.
   *
   * @param target the target of the request line, not decoded
   */
  static Request check(
      String method, String target, String version, Headers headers, InetSocketAddress remote)
      throws BadRequest {
    return request(method, target(method, target), version(version), headers, remote);
  }

  private static Request request(
      String method, String target, String version, Headers headers, InetSocketAddress remote)
      throws BadRequest {
    checkHost(version, headers);
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    Optional<String> query =
        question < 0 ? Optional.empty() : Optional.of(target.substring(question + 1));
    return new Request(method, path, query, version, headers, remote);
  }

  /** Reads the request line. One empty line before it is allowed (RFC 9112 §2.2). */
  private String requestLine() throws IOException, BadRequest {
    int max = limits.requestLineBytes();
    Supplier<BadRequest> tooLong =
        () -> new BadRequest(414, "the request line is longer than " + max + " bytes");
    String line = reader.line(max, tooLong);
    return line.isEmpty() ? reader.line(max, tooLong) : line;
  }

  /** RFC 9112 §2.3. A higher minor version of HTTP/1 is served as HTTP/1.1 (RFC 9110 §2.5). */
  private static String version(String version) throws BadRequest {
    if (!VERSION.matcher(version).matches()) {
      throw new BadRequest(400, "the version is not of the form HTTP/1.1");
    }
    if (version.charAt(5) != '1') {
      throw new BadRequest(505, "this server speaks HTTP/1.1 and HTTP/1.0");
    }
    return version.equals("HTTP/1.0") ? version : "HTTP/1.1";
  }

  /** Returns the path and query of a target in origin-form or absolute-form (RFC 9112 §3.2). */
  private static String target(String method, String target) throws BadRequest {
    checkCharacters(target);
    if (method.equals("CONNECT")) {
      throw new BadRequest(
          ResponseHead.error(405, "this server is not a proxy")
              .with("Allow", "GET, HEAD, OPTIONS"));
    }
    if (target.startsWith("/")) {
      return target;
    }
    if (target.equals("*") && method.equals("OPTIONS")) {
      return target;
    }
    String lower = target.toLowerCase(Locale.ROOT);
    if (lower.startsWith("http://") || lower.startsWith("https://")) {
      return afterAuthority(target);
    }
    throw new BadRequest(400, "the target is neither a path nor an http URI");
  }

  private static String afterAuthority(String uri) throws BadRequest {
    int begin = uri.indexOf("//") + 2;
    int end = begin;
    while (end < uri.length() && uri.charAt(end) != '/' && uri.charAt(end) != '?') {
      end++;
    }
    checkAuthority(uri.substring(begin, end), "the target's host");
    if (end == begin || uri.charAt(begin) == ':') {
      throw new BadRequest(400, "the target's host is missing");
    }
    String rest = uri.substring(end);
    return rest.startsWith("/") ? rest : "/" + rest;
  }

  /**
   * RFC 3986 §2: visible ASCII, no fragment, and two digits after each percent sign. The escapes
   * are UTF-8 (RFC 3986 §2.5). Otherwise different targets would become the same topic.
   */
  private static void checkCharacters(String target) throws BadRequest {
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        throw new BadRequest(400, "the target has a character that a URI cannot have");
      }
      if (c == '%' && !(isHexDigit(target, i + 1) && isHexDigit(target, i + 2))) {
        throw new BadRequest(400, "the target has a percent sign without two hexadecimal digits");
      }
    }
    if (!Request.isUtf8(target)) {
      throw new BadRequest(400, "the target has percent escapes that are not UTF-8");
    }
  }

  private static boolean isHexDigit(String text, int index) {
    return index < text.length() && HexFormat.isHexDigit(text.charAt(index));
  }

  private static void checkAuthority(String authority, String what) throws BadRequest {
    if (!AUTHORITY.matcher(authority).matches()) {
      throw new BadRequest(400, what + " is not of the form host or host:port");
    }
  }

  /** Reads header fields, or the trailer fields of a chunked body, up to the empty line. */
  static Headers fields(ByteReader reader, Limits limits) throws IOException, BadRequest {
    int max = limits.headerBytes();
    Supplier<BadRequest> tooLarge =
        () -> new BadRequest(431, "the header fields have more than " + max + " bytes");
    Headers.Builder headers = new Headers.Builder();
    int left = max;
    String line = reader.line(left, tooLarge);
    while (!line.isEmpty()) {
      left -= line.length();
      if (headers.size() == limits.headerCount()) {
        throw new BadRequest(431, "there are more than %d header fields".formatted(headers.size()));
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
    addField(headers, line.substring(0, colon), line.substring(colon + 1));
  }

  /**
   * Adds a field. Control characters are refused here as well, since another server may have read
   * the field (RFC 9110 §5.5).
   */
  static void addField(Headers.Builder headers, String name, String value) throws BadRequest {
    if (!isToken(name)) {
      throw new BadRequest(400, "a header name is not a token");
    }
    if (value.chars().anyMatch(c -> c != '\t' && (c < ' ' || c == 0x7f))) {
      throw new BadRequest(400, "a control character in a header value");
    }
    headers.add(name, value);
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
    if (!hosts.isEmpty()) {
      checkAuthority(hosts.getFirst(), "the Host field");
    }
  }

  /** RFC 9110 §5.6.2. */
  static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isTokenChar(text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static boolean isTokenChar(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
  }
}
