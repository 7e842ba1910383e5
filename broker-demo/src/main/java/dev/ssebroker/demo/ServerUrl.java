package dev.ssebroker.demo;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** Reads addresses of servers that a user may give. */
final class ServerUrl {
  private ServerUrl() {}

  /**
   * Reads {@code http://} and {@code https://} addresses; without a scheme it is {@code http}.
   *
   * @throws IllegalArgumentException if the text is none; the message names the text and what is
   *     allowed, but no password that stands in it
   */
  static URI read(String text) {
    String full = text.contains("://") ? text : "http://" + text;
    URI uri;
    try {
      uri = new URI(full);
    } catch (URISyntaxException e) {
      throw full.indexOf('@') < 0 ? wrong(text) : withUser();
    }
    if (uri.getRawUserInfo() != null || (uri.getHost() == null && full.indexOf('@') >= 0)) {
      throw withUser();
    }
    String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
    if (!(scheme.equals("http") || scheme.equals("https"))
        || uri.getHost() == null
        || uri.getRawAuthority().endsWith(":")
        || uri.getPort() > 65535
        || uri.getPort() == 0) {
      throw wrong(text);
    }
    return uri;
  }

  /**
   * Reads the same; where no path is given, it is this one.
   *
   * @throws IllegalArgumentException as {@link #read} does
   */
  static URI read(String text, String path) {
    URI uri = read(text);
    if (!uri.getRawPath().isEmpty()) {
      return uri;
    }
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + path + query);
  }

  private static IllegalArgumentException withUser() {
    return new IllegalArgumentException(
        "it has a user's name before the '@', which is not supported; write http://host:port");
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "'%s' is not an address; write http://host:port or https://host:port, with a path if need be"
            .formatted(text));
  }
}
