package dev.ssebroker.http;

import java.util.Optional;

/** How the paths begin whose rest is a topic. */
record PathPrefix(String text) {
  PathPrefix {
    if (!text.matches("/([\\x21-\\x7e&&[^?#%*]]*/)?")) {
      throw new IllegalArgumentException(
          "prefix is '%s'; allowed are visible ASCII characters between two slashes"
              .formatted(text));
    }
  }

  /** What stands behind the prefix, decoded; empty if the path does not begin with it. */
  Optional<String> rest(Request request) {
    return request.path().startsWith(text)
        ? Optional.of(Request.decode(request.path().substring(text.length())))
        : Optional.empty();
  }
}
