package dev.ssebroker.demo;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import java.util.Objects;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Describes briefly why a connection to a server failed. */
final class ConnectionFailure {
  private ConnectionFailure() {}

  static String describe(IOException e) {
    String message = Objects.requireNonNullElse(e.getMessage(), e.toString());
    if (e instanceof UnknownHostException) {
      return "the host is unknown: " + plain(message);
    }
    if (isPermanent(e)) {
      return "this Java does not trust the server's certificate: " + plain(message);
    }
    if (e instanceof InterruptedIOException) {
      return "it timed out";
    }
    return plain(message);
  }

  /** Returns whether another attempt would fail in the same way. */
  static boolean isPermanent(IOException e) {
    return e instanceof UnknownHostException
        || e instanceof SSLHandshakeException
        || e instanceof SSLPeerUnverifiedException;
  }

  private static String plain(String message) {
    return PlainText.of(message.lines().findFirst().orElse(""));
  }
}
