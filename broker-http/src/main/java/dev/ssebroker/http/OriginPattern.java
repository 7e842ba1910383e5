package dev.ssebroker.http;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An origin that may read answers, or a pattern of such origins.
 *
 * @param subdomains whether the pattern selects the hosts below the host, at any depth, instead of
 *     the host itself
 * @param port empty for the scheme's default; a star for any port
 */
record OriginPattern(String scheme, boolean subdomains, String host, String port) {
  private static final String ANY = "*";

  private static final Pattern GRAMMAR =
      Pattern.compile(
          "([a-z][a-z0-9+.-]*)://(\\*\\.)?"
              + "(\\[[0-9a-f:.]+]|[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*\\.?)(?::(\\d{1,5}|\\*))?");

  /**
   * A pattern of all hosts below a top-level domain, or below a part of an address, is a mistake.
   */
  private static final Pattern PARENT = Pattern.compile("localhost|[a-z0-9._-]+\\.[a-z][a-z0-9-]*");

  /** Returns the pattern, or throws an IllegalArgumentException. */
  static OriginPattern parse(String text) {
    Matcher pattern = GRAMMAR.matcher(text);
    if (!pattern.matches()) {
      throw new IllegalArgumentException(
          ("origin is '%s'; allowed is scheme://host or scheme://host:port in lower case, with *."
                  + " before the host for its subdomains, and * as the port for all%s")
              .formatted(text, text.equals(ANY) ? "; anyOrigin() allows all origins" : ""));
    }
    OriginPattern origin = of(pattern);
    if (origin.subdomains && !PARENT.matcher(origin.host).matches()) {
      throw new IllegalArgumentException(
          "origin is '%s'; after *. allowed are two or more labels, or localhost".formatted(text));
    }
    return origin;
  }

  private static OriginPattern of(Matcher origin) {
    String port = origin.group(4) == null ? "" : origin.group(4);
    return new OriginPattern(origin.group(1), origin.group(2) != null, origin.group(3), port);
  }

  /** Returns whether this is the value of an {@code Origin} field, or selects it. */
  boolean matches(String value) {
    Matcher matcher = GRAMMAR.matcher(value);
    if (value.contains(ANY) || !matcher.matches()) {
      return false;
    }
    OriginPattern origin = of(matcher);
    return origin.scheme.equals(scheme)
        && (port.equals(ANY) || origin.port.equals(port))
        && (subdomains ? origin.host.endsWith("." + host) : origin.host.equals(host));
  }
}
