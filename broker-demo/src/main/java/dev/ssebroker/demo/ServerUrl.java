package dev.ssebroker.demo;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

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
    URI uri = parse(text).orElseThrow(() -> hasUser(text) ? withUser() : wrong(text));
    if (uri.getRawUserInfo() != null) {
      throw withUser();
    }
    return uri;
  }

  /**
   * Reads the same, but a user's name and password may stand in it.
   *
   * @throws IllegalArgumentException as {@link #read} does
   */
  static URI readWithUser(String text) {
    return parse(text).orElseThrow(() -> hasUser(text) ? wrongWithUser() : wrong(text));
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

  /** Whether there may be a password in it; a text that is no address may have it anywhere. */
  private static boolean hasUser(String text) {
    return text.indexOf('@') >= 0;
  }

  /** Returns an address without the user's name and password in it. */
  static String withoutUser(String text) {
    return text.replaceFirst("^((?:[^:/?#@]+:)?//)?[^/?#]*@", "$1");
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

  private static IllegalArgumentException wrongWithUser() {
    return new IllegalArgumentException(
        "it is not an address; write http://user:password@host:port, with all but letters and digits"
            + " of user and password percent-encoded");
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "'%s' is not an address; write http://host:port or https://host:port, with a path if need be"
            .formatted(text));
  }
}
