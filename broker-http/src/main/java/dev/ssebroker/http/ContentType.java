package dev.ssebroker.http;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The media type of a request's body (RFC 9110 §8.3), in lower case and without parameters, and the
 * values of its charset parameters.
 */
record ContentType(String mediaType, List<String> charsets) {
  /** ASCII is a part of UTF-8. Many clients write {@code utf8}, which is not a registered name. */
  private static final Set<String> UTF_8 = Set.of("utf-8", "utf8", "us-ascii");

  static ContentType of(Request request) {
    String value = request.headers().first("Content-Type").orElse("").toLowerCase(Locale.ROOT);
    String[] parts = value.split(";", -1);
    List<String> charsets =
        Arrays.stream(parts)
            .skip(1)
            .map(parameter -> parameter.split("=", 2))
            .filter(parameter -> parameter[0].strip().equals("charset"))
            .map(parameter -> parameter.length < 2 ? "" : unquoted(parameter[1].strip()))
            .toList();
    return new ContentType(parts[0].strip(), charsets);
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  /** Returns whether the body is in UTF-8, which it is unless a charset says otherwise. */
  boolean isUtf8() {
    return UTF_8.containsAll(charsets);
  }

  boolean isJson() {
    return mediaType.contains("json");
  }

  boolean isMultipart() {
    return mediaType.startsWith("multipart/");
  }
}
