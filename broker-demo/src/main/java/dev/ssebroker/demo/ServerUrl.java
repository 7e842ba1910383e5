package dev.ssebroker.demo;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/** Parses the addresses of servers. */
final class ServerUrl {
  private ServerUrl() {}

  /**
   * Parses an {@code http://} or {@code https://} address. The default scheme is {@code http}.
   *
   * @throws IllegalArgumentException if the text is not such an address, or contains a user; the
   *     message contains the text and what is allowed, but never a password
   */
  static URI read(String text) {
    URI uri = parse(text).orElseThrow(() -> hasUser(text) ? userNotSupported() : invalid(text));
    if (uri.getRawUserInfo() != null) {
      throw userNotSupported();
    }
    return uri;
  }

  /**
   * Parses an address that may contain a user name and a password.
   *
   * @throws IllegalArgumentException if the text is not an address
   */
  static URI readWithUser(String text) {
    return parse(text).orElseThrow(() -> hasUser(text) ? invalidWithUser() : invalid(text));
  }

  private static Optional<URI> parse(String text) {
    try {
      URI uri = new URI(text.contains("://") ? text : "http://" + text);
      String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
      boolean valid =
          (scheme.equals("http") || scheme.equals("https"))
              && uri.getHost() != null
              && !uri.getRawAuthority().endsWith(":")
              && uri.getPort() <= 65535
              && uri.getPort() != 0;
      return valid ? Optional.of(uri) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** Returns whether the text may contain a password. In an invalid address it can be anywhere. */
  private static boolean hasUser(String text) {
    return text.indexOf('@') >= 0;
  }

  /** Returns an address without its user name and password. */
  static String withoutUser(String text) {
    return text.replaceFirst("^((?:[^:/?#@]+:)?//)?[^/?#]*@", "$1");
  }

  /**
   * Parses an address, and adds a path if it has none.
   *
   * @throws IllegalArgumentException if the text is not an address, or contains a user
   */
  static URI read(String text, String path) {
    URI uri = read(text);
    if (!uri.getRawPath().isEmpty()) {
      return uri;
    }
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + path + query);
  }

  private static IllegalArgumentException userNotSupported() {
    return new IllegalArgumentException(
        "it has a user name before the '@', which is not supported; write http://host:port");
  }

  private static IllegalArgumentException invalidWithUser() {
    return new IllegalArgumentException(
        "it is not an address; write http://user:password@host:port, with all characters of user and"
            + " password but letters and digits percent-encoded");
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(
        "'%s' is not an address; write http://host:port or https://host:port, with a path if needed"
            .formatted(text));
  }
}
