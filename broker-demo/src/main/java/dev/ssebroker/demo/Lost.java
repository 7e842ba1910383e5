package dev.ssebroker.demo;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import java.util.Objects;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Says in a few words why a server cannot be reached, or no longer. */
final class Lost {
  private Lost() {}

  static String reason(IOException e) {
    String message = Objects.requireNonNullElse(e.getMessage(), e.toString());
    if (e instanceof UnknownHostException) {
      return "the host is not known: " + plain(message);
    }
    if (isLasting(e)) {
      return "the server's certificate is not one that this Java trusts: " + plain(message);
    }
    if (e instanceof InterruptedIOException) {
      return "nothing came in time";
    }
    return plain(message);
  }

  /** Whether trying again would not help. */
  static boolean isLasting(IOException e) {
    return e instanceof UnknownHostException
        || e instanceof SSLHandshakeException
        || e instanceof SSLPeerUnverifiedException;
  }

  private static String plain(String message) {
    return Plain.text(message.lines().findFirst().orElse(""));
  }
}
