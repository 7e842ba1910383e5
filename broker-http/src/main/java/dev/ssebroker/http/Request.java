package dev.ssebroker.http;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The head of an HTTP/1.x request. Immutable.
 *
 * @param method such as {@code GET}, in the client's case
 * @param path begins with a slash; its percent escapes are not decoded
 * @param query the part after the question mark, not decoded; empty if there is none
 * @param version {@code HTTP/1.1} or {@code HTTP/1.0}
 * @param headers the header fields
 * @param remote the client's address and port
 * @param clientCertificate the client's verified certificate; empty if it has none, or without TLS
 */
public record Request(
    String method,
    String path,
    Optional<String> query,
    String version,
    Headers headers,
    InetSocketAddress remote,
    Optional<X509Certificate> clientCertificate) {

  /**
   * Creates a request without a client certificate.
   *
   * @param method such as {@code GET}, in the client's case
   * @param path begins with a slash; its percent escapes are not decoded
   * @param query the part after the question mark, not decoded; empty if there is none
   * @param version {@code HTTP/1.1} or {@code HTTP/1.0}
   * @param headers the header fields
   * @param remote the client's address and port
   */
  public Request(
      String method,
      String path,
      Optional<String> query,
      String version,
      Headers headers,
      InetSocketAddress remote) {
    this(method, path, query, version, headers, remote, Optional.empty());
  }

  Request withClientCertificate(Optional<X509Certificate> certificate) {
    return new Request(method, path, query, version, headers, remote, certificate);
  }

  /**
   * Returns how much the client prefers a media type, by its {@code Accept} fields. The most
   * specific range that matches decides. A client without the field accepts everything.
   *
   * @param mediaType a type and subtype in lower case, such as {@code text/html}
   * @return from 0, not acceptable, to 1
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1">RFC 9110 §12.5.1</a>
   */
  public double quality(String mediaType) {
    String accept = String.join(",", headers.all("Accept")).toLowerCase(Locale.ROOT);
    if (accept.isBlank()) {
      return 1;
    }
    String anySubtype = mediaType.substring(0, mediaType.indexOf('/')) + "/*";
    int bestRank = 0;
    double quality = 0;
    for (String element : accept.split(",", -1)) {
      String[] parts = element.split(";", -1);
      String range = parts[0].strip();
      int rank =
          range.equals(mediaType) ? 3 : range.equals(anySubtype) ? 2 : range.equals("*/*") ? 1 : 0;
      if (rank > bestRank) {
        bestRank = rank;
        quality = weight(parts);
      }
    }
    return quality;
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
    List<String> values = new ArrayList<>();
    for (String parameter : query.orElse("").split("&", -1)) {
      int equals = parameter.indexOf('=');
      String found = equals < 0 ? parameter : parameter.substring(0, equals);
      if (!parameter.isEmpty() && decode(found.replace('+', ' ')).equals(name)) {
        values.add(equals < 0 ? "" : decode(parameter.substring(equals + 1).replace('+', ' ')));
      }
    }
    return values;
  }

  /**
   * Returns the id of the last event that the client has received. It is in the field {@code
   * Last-Event-ID}, or in one of the query parameters {@code lastEventId}, {@code last_event_id}
   * and {@code evs_last_event_id}. The field takes precedence, because a client that reconnects by
   * itself sends the newer id there and repeats the query of its first request.
   *
   * @return empty if the client sends none
   * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML §9.2.4</a>
   */
  public Optional<String> lastEventId() {
    return Stream.of(
            headers.all("Last-Event-ID"),
            parameters("lastEventId"),
            parameters("last_event_id"),
            parameters("evs_last_event_id"))
        .flatMap(List::stream)
        .filter(id -> !id.isEmpty())
        .findFirst();
  }

  /** Returns whether the client asks for an event stream by name. All clients that read one do. */
  boolean wantsEvents() {
    return (method.equals("GET") || method.equals("HEAD"))
        && headers.all("Accept").stream()
            .anyMatch(ranges -> ranges.toLowerCase(Locale.ROOT).contains("text/event-stream"));
  }

  /** Returns whether the client accepts this content coding (RFC 9110 §12.5.3). */
  boolean accepts(String coding) {
    String accepted = String.join(",", headers.all("Accept-Encoding")).toLowerCase(Locale.ROOT);
    double byName = -1;
    double byStar = 0;
    for (String element : accepted.split(",", -1)) {
      String[] parts = element.split(";", -1);
      if (parts[0].strip().equals(coding)) {
        byName = weight(parts);
      } else if (parts[0].strip().equals("*")) {
        byStar = weight(parts);
      }
    }
    return (byName < 0 ? byStar : byName) > 0;
  }

  /** Returns whether a list-valued field has this element, in any case (RFC 9110 §5.6.1). */
  boolean lists(String field, String element) {
    return headers.all(field).stream()
        .flatMap(value -> Arrays.stream(value.split(",", -1)))
        .anyMatch(value -> value.strip().equalsIgnoreCase(element));
  }

  /** Decodes percent escapes, which the parser has checked. Invalid UTF-8 becomes U+FFFD. */
  static String decode(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
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
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static double weight(String[] parts) {
    return Arrays.stream(parts)
        .skip(1)
        .map(String::strip)
        .filter(parameter -> parameter.matches("q=(0(\\.\\d{0,3})?|1(\\.0{0,3})?)"))
        .mapToDouble(parameter -> Double.parseDouble(parameter.substring(2)))
        .findFirst()
        .orElse(1);
  }
}
