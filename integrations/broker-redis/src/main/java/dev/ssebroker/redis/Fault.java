package dev.ssebroker.redis;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.exceptions.JedisDataException;

/** The reason why a request to Redis failed. */
final class Fault extends Exception {
  private static final long serialVersionUID = 1;

  /** What is known about the request, and whether to retry. */
  enum Kind {
    /** There is no connection, so the request was not sent. Retry. */
    NOT_CONNECTED,
    /** The answer is missing, so the outcome is unknown. Retry on another connection. */
    NO_ANSWER,
    /** Redis did nothing, since this server is not ready or not the master. Retry. */
    NOT_READY,
    /** Redis did nothing. A retry does not help. */
    REFUSED,
    /** Redis may have done a part of the request. A retry does not help. */
    FAILED
  }

  /** An error code. Scripts wrap the errors of their commands, so the code may be anywhere. */
  private static final Pattern CODE =
      Pattern.compile(
          "(?:^|[ -])(?:(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|UNBLOCKED|BUSY)"
              + "|(NOAUTH|WRONGPASS|NOPERM|OOM|MISCONF|NOREPLICAS|NOSCRIPT|WRONGTYPE))\\b");

  /** Redis 6.2 reports this error without the code NOPERM. */
  private static final String NO_PERMISSION_IN_A_SCRIPT = "The user executing the script";

  private final Kind kind;

  Fault(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  Fault(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  static Fault notConnected(Address address, IOException cause) {
    if (cause.getCause() instanceof CertificateException refusal) {
      return new Fault(
          Kind.REFUSED,
          "Redis at %s has a certificate that is not trusted: %s"
              .formatted(address, refusal.getMessage()),
          cause);
    }
    return new Fault(
        Kind.NOT_CONNECTED,
        "Redis at %s cannot be reached: %s".formatted(address, describe(cause)),
        cause);
  }

  static Fault noAnswer(Address address, Throwable cause) {
    Throwable origin = cause.getCause() instanceof IOException inner ? inner : cause;
    String text =
        origin instanceof SocketTimeoutException
            ? "Redis at %s did not answer in time".formatted(address)
            : "the connection to Redis at %s was lost: %s".formatted(address, describe(origin));
    return new Fault(Kind.NO_ANSWER, text, cause);
  }

  static Fault of(Address address, JedisDataException error) {
    String message = String.valueOf(error.getMessage());
    if (message.contains(NO_PERMISSION_IN_A_SCRIPT)) {
      message = "NOPERM " + message;
    }
    Matcher matcher = CODE.matcher(message);
    if (!matcher.find()) {
      return new Fault(Kind.FAILED, "Redis at %s failed: %s".formatted(address, message), error);
    }
    if (matcher.group(1) != null) {
      return new Fault(
          Kind.NOT_READY, "Redis at %s is not ready: %s".formatted(address, message), error);
    }
    // A script runs its permitted commands before it reaches the one that is not permitted.
    Kind kind =
        matcher.group(2).equals("NOPERM") && message.contains("script")
            ? Kind.FAILED
            : Kind.REFUSED;
    String text =
        switch (matcher.group(2)) {
          case "NOAUTH" -> "Redis at %s requires a password, and the uri has none: %s";
          case "WRONGPASS" -> "Redis at %s refused the user and password of the uri: %s";
          case "NOPERM" -> "Redis at %s does not grant a permission that the log needs: %s";
          default -> "Redis at %s refused: %s";
        };
    return new Fault(kind, text.formatted(address, message), error);
  }

  private static String describe(Throwable cause) {
    String message = cause.getMessage();
    String name = cause.getClass().getSimpleName();
    return message == null ? name : name + ": " + message;
  }

  Kind kind() {
    return kind;
  }

  String text() {
    return String.valueOf(getMessage());
  }

  static boolean isNoScript(JedisDataException error) {
    return String.valueOf(error.getMessage()).startsWith("NOSCRIPT");
  }
}
