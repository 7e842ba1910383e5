package dev.ssebroker.redis;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a server, with the user, the password and the database to use there.
 *
 * @param password null if the server requires none
 */
record Address(
    boolean tls, String host, int port, String user, @Nullable String password, int database) {
  private static final int DEFAULT_PORT = 6379;
  private static final String DEFAULT_USER = "default";
  private static final String ALLOWED =
      "; allowed is redis://[user[:password]@]host[:port][/database], or rediss:// for TLS, where"
          + " user and password are percent-encoded except for letters and digits";

  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:(?<port>[0-9]{1,5}))?");
  private static final Pattern DATABASE = Pattern.compile("/?|/(?<number>[0-9]{1,9})");

  /**
   * Parses a URI.
   *
   * @throws IllegalArgumentException if it is invalid; the message contains no part of it, since
   *     any part may be the password
   */
  static Address parse(String uri) {
    boolean tls = uri.startsWith("rediss://");
    if (!tls && !uri.startsWith("redis://")) {
      throw refused("starts with neither redis:// nor rediss://");
    }
    String hierarchy = uri.substring(uri.indexOf("//") + 2);
    int slash = hierarchy.indexOf('/');
    String authority = slash < 0 ? hierarchy : hierarchy.substring(0, slash);
    Matcher database = DATABASE.matcher(slash < 0 ? "" : hierarchy.substring(slash));
    if (!database.matches()) {
      throw refused("has something other than a database number after the host");
    }
    int at = authority.lastIndexOf('@');
    Matcher hostAndPort = HOST_AND_PORT.matcher(authority.substring(at + 1));
    if (!hostAndPort.matches()) {
      throw refused("has no valid host and port");
    }
    String host = hostAndPort.group("host");
    return new Address(
        tls,
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        port(hostAndPort.group("port")),
        user(authority.substring(0, Math.max(at, 0))),
        at < 0 ? null : password(authority.substring(0, at)),
        database.group("number") == null ? 0 : Integer.parseInt(database.group("number")));
  }

  private static int port(@Nullable String text) {
    int port = text == null ? DEFAULT_PORT : Integer.parseInt(text);
    if (port < 1 || port > 65_535) {
      throw refused("has a port outside of 1 to 65535");
    }
    return port;
  }

  private static String user(String userInfo) {
    int colon = userInfo.indexOf(':');
    String user = decoded(colon < 0 ? userInfo : userInfo.substring(0, colon));
    return user.isEmpty() ? DEFAULT_USER : user;
  }

  private static String password(String userInfo) {
    int colon = userInfo.indexOf(':');
    return colon < 0 ? "" : decoded(userInfo.substring(colon + 1));
  }

  private static String decoded(String text) {
    ByteBuffer bytes = ByteBuffer.allocate(text.length() * 3);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes.put((byte) (digit(text, i + 1) * 16 + digit(text, i + 2)));
        i += 2;
      } else if (c > ' ' && c < 0x7f && c != '@') {
        bytes.put((byte) c);
      } else {
        throw refused("has a character that is not percent-encoded in user or password");
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw refused("has a user or password that is not UTF-8");
    }
  }

  private static int digit(String text, int index) {
    int digit = index < text.length() ? Character.digit(text.charAt(index), 16) : -1;
    if (digit < 0) {
      throw refused("has a '%' in user or password without two hexadecimal digits");
    }
    return digit;
  }

  private static IllegalArgumentException refused(String reason) {
    return new IllegalArgumentException("uri " + reason + ALLOWED);
  }

  /** {@return host and port, without user and password} */
  @Override
  public String toString() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}
