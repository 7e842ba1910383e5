package dev.ssebroker.http;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What a client asks for: the head of an HTTP/1.x request that passed the parser. Immutable.
 *
 * @param method such as {@code GET}, in the client's case
 * @param path begins with a slash; as sent, with its percent escapes
 * @param query what stood behind the question mark, as sent; empty if there was none
 * @param version {@code HTTP/1.1} or {@code HTTP/1.0}
 * @param headers the header fields
 * @param remote where the client connected from
 */
public record Request(
    String method,
    String path,
    Optional<String> query,
    String version,
    Headers headers,
    InetSocketAddress remote) {

  /**
   * How much the client wants a media type, by its {@code Accept} fields: the most specific range
   * that matches decides. A client without the field takes anything.
   *
   * @param mediaType a type and subtype in lower case, such as {@code text/html}
   * @return from 0, not wanted, to 1
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
