package dev.ssebroker.http;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The head of an HTTP/1.x request. Immutable.
 *
 * @param method such as {@code GET}, in the client's case
 * @param path begins with a slash; its percent escapes are UTF-8 and are not decoded
 * @param query the part after the question mark, not decoded; empty if there is none
 * @param version {@code HTTP/1.1} or {@code HTTP/1.0}
 * @param headers the header fields
 * @param remote the client's address and port
 * @param pathValues the decoded values of the names in the {@link SseServer.Builder#handle pattern}
 *     of the path; empty if there are none
 * @param clientCertificate the client's verified certificate; empty if it has none, or without TLS
 */
public record Request(
    String method,
    String path,
    Optional<String> query,
    String version,
    Headers headers,
    InetSocketAddress remote,
    Map<String, String> pathValues,
    Optional<X509Certificate> clientCertificate) {
  private static final String EVENT_STREAM = "text/event-stream";

  /** Copies the map. */
  public Request {
    pathValues = Map.copyOf(pathValues);
  }

  Request(
      String method,
      String path,
      Optional<String> query,
      String version,
      Headers headers,
      InetSocketAddress remote) {
    this(method, path, query, version, headers, remote, Map.of(), Optional.empty());
  }

  Request withPathValues(Map<String, String> values) {
    return new Request(method, path, query, version, headers, remote, values, clientCertificate);
  }

  Request withClientCertificate(Optional<X509Certificate> certificate) {
    return new Request(method, path, query, version, headers, remote, pathValues, certificate);
  }

  /**
   * Returns the value of a name in the {@link SseServer.Builder#handle pattern} of the path. The
   * client chooses it, percent escapes are decoded, and so it may be any text that is not empty:
   * {@code ..}, a topic filter such as {@code **}, or a text with slashes. Check it before you use
   * it in a topic or a file's name.
   *
   * @param name the name, without braces
   * @return the value
   * @throws IllegalArgumentException if the pattern does not have the name
   */
  public String pathValue(String name) {
    String value = pathValues.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "name is '%s'; the pattern of the path has %s"
              .formatted(name, new TreeSet<>(pathValues.keySet())));
    }
    return value;
  }

  /**
   * Returns how much the client prefers a media type, by its {@code Accept} fields. The most
   * specific range that matches decides; parameters other than the weight are ignored. A weight
   * that is not a number from 0 to 1 counts as 0. A client without the field accepts everything.
   *
   * @param mediaType a type and subtype in lower case, such as {@code text/html}
   * @return from 0, not acceptable, to 1
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1">RFC 9110 §12.5.1</a>
   */
  public double quality(String mediaType) {
    List<Preference> accepted = Preference.of(headers.all("Accept"));
    String anySubtype = mediaType.substring(0, mediaType.indexOf('/')) + "/*";
    // Java's HttpURLConnection sends an asterisk alone.
    return accepted.isEmpty() ? 1 : Preference.weight(accepted, mediaType, anySubtype, "*/*", "*");
  }

  /**
   * Returns the values of a query parameter. Percent escapes and plus signs are decoded as in a
   * form.
   *
   * @param name the parameter's name, decoded
   * @return the values in the request's order; empty if there is none
   * @see <a href="https://url.spec.whatwg.org/#urlencoded-parsing">URL §5.1</a>
   */
  public List<String> parameters(String name) {
    return parameters(name::equals).map(Parameter::value).toList();
  }

  private Stream<Parameter> parameters(Predicate<String> name) {
    return Arrays.stream(query.orElse("").split("&", -1))
        .filter(text -> !text.isEmpty())
        .map(Parameter::parse)
        .filter(parameter -> name.test(parameter.name));
  }

  private record Parameter(String name, String value) {
    static Parameter parse(String text) {
      int equals = text.indexOf('=');
      return equals < 0
          ? new Parameter(decodeForm(text), "")
          : new Parameter(
              decodeForm(text.substring(0, equals)), decodeForm(text.substring(equals + 1)));
    }

    private static String decodeForm(String text) {
      return decode(text.replace('+', ' '));
    }
  }

  /**
   * Returns the id of the last event that the client has received. It is in the field {@code
   * Last-Event-ID}, or in a query parameter of that name in any case, with hyphens, underscores or
   * nothing between the words: {@code lastEventId}, {@code last_event_id}. {@code
   * evs_last_event_id} is another name of it. The field takes precedence, because a client that
   * reconnects by itself sends the newer id there and repeats the query of its first request.
   *
   * @return empty if the client sends none
   * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML §9.2.4</a>
   */
  public Optional<String> lastEventId() {
    return Stream.concat(
            headers.all("Last-Event-ID").stream(),
            parameters(Request::isLastEventId).map(Parameter::value))
        .filter(id -> !id.isEmpty())
        .findFirst();
  }

  /** The polyfills and servers of the field spell the name in many ways. */
  private static boolean isLastEventId(String name) {
    String letters = name.replaceAll("[-_]", "").toLowerCase(Locale.ROOT);
    return letters.equals("lasteventid") || letters.equals("evslasteventid");
  }

  /** Returns whether the client asks for an event stream by name. All clients that read one do. */
  boolean wantsEvents() {
    return (method.equals("GET") || method.equals("HEAD"))
        && Preference.weight(Preference.of(headers.all("Accept")), EVENT_STREAM) > 0;
  }

  /** Returns whether the client accepts an event stream. */
  boolean acceptsEvents() {
    return quality(EVENT_STREAM) > 0;
  }

  /** Returns whether the client accepts this content coding (RFC 9110 §12.5.3). */
  boolean accepts(String coding) {
    return Preference.weight(Preference.of(headers.all("Accept-Encoding")), coding, "*") > 0;
  }

  /** Returns whether a list-valued field has this element, in any case (RFC 9110 §5.6.1). */
  boolean lists(String field, String element) {
    return headers.all(field).stream()
        .flatMap(value -> Arrays.stream(value.split(",", -1)))
        .anyMatch(value -> value.strip().equalsIgnoreCase(element));
  }

  /** Decodes percent escapes. The parser has checked that they are UTF-8. */
  static String decode(String text) {
    return text.indexOf('%') < 0 ? text : new String(bytes(text), StandardCharsets.UTF_8);
  }

  /** Returns whether the percent escapes of an ASCII text are UTF-8. */
  static boolean isUtf8(String text) {
    return text.indexOf('%') < 0 || Headers.utf8(bytes(text)).isPresent();
  }

  private static byte[] bytes(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toByteArray();
  }
}
