package dev.ssebroker.demo;

import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Objects;

/** Describes in one line why the demo cannot listen, and what to do about it. */
final class ListenFailure {
  /*
   * All causes have the same exception class. Only the message, which comes from the operating system
   * untranslated, distinguishes them.
   */
  private ListenFailure() {}

  static String describe(String host, int port, IOException e) {
    if (e instanceof UnknownHostException) {
      return "The host '%s' is unknown. Try --host localhost.".formatted(host);
    }
    String reason = Objects.requireNonNullElse(e.getMessage(), e.toString());
    if (reason.contains("in use")) {
      return "Port %d is in use. Try --port %d, or --port 0 for a free one."
          .formatted(port, port == 65535 ? 3000 : port + 1);
    }
    if (reason.contains("assign requested address")) {
      return "'"
          + host
          + "' is not an address of this machine."
          + " Try --host localhost, or --host 0.0.0.0 for all of its addresses.";
    }
    if (reason.contains("ermission")) {
      return "Port "
          + port
          + " needs a permission that this user lacks, as ports below 1024 do. Try --port 3000.";
    }
    return "Cannot listen on %s, port %d: %s".formatted(host, port, reason);
  }
}
