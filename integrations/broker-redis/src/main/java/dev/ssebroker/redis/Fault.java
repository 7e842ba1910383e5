package dev.ssebroker.redis;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.exceptions.JedisDataException;

/** Why a server did not do what it was asked. */
final class Fault extends Exception {
  private static final long serialVersionUID = 1;

  /** What is to be done about it, and what has become of the request. */
  enum Kind {
    /** There is no connection, so nothing was asked: try again. */
    NOT_CONNECTED,
    /** The answer did not come, so nobody knows: try again on another connection. */
    NO_ANSWER,
    /** Nothing was done, since another server has to be asked, or this one later: try again. */
    NOT_READY,
    /** Nothing was done, and nothing would be. */
    REFUSED,
    /** Something may have been done, and a second try would not help. */
    FAILED
  }

  /** Scripts wrap what their commands meet, so that the code may stand anywhere. */
  private static final Pattern CODE =
      Pattern.compile(
          "(?:^|[ -])(?:(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|UNBLOCKED|BUSY)"
              + "|(NOAUTH|WRONGPASS|NOPERM|OOM|MISCONF|NOREPLICAS|NOSCRIPT|WRONGTYPE))\\b");

  /** Redis 6.2 says it without the code. */
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
          "Redis at %s has a certificate that is not to be trusted: %s"
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
    String what =
        origin instanceof SocketTimeoutException
            ? "Redis at %s does not answer in time".formatted(address)
            : "the connection to Redis at %s broke: %s".formatted(address, describe(origin));
    return new Fault(Kind.NO_ANSWER, what, cause);
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
    // Which of a script's commands it may not run is found when others have been run.
    Kind kind =
        matcher.group(2).equals("NOPERM") && message.contains("script")
            ? Kind.FAILED
            : Kind.REFUSED;
    String what =
        switch (matcher.group(2)) {
          case "NOAUTH" -> "Redis at %s wants a password, and the uri has none: %s";
          case "WRONGPASS" -> "Redis at %s does not take the uri's user and password: %s";
          case "NOPERM" -> "Redis at %s does not permit the uri's user what the log needs: %s";
          default -> "Redis at %s refused: %s";
        };
    return new Fault(kind, what.formatted(address, message), error);
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
