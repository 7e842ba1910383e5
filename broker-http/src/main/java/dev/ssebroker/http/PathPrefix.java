package dev.ssebroker.http;

import java.util.Optional;

/** The beginning of paths that end with a topic. */
record PathPrefix(String text) {
  PathPrefix {
    if (!text.matches("/([\\x21-\\x7e&&[^?#%*]]*/)?")) {
      throw new IllegalArgumentException(
          "prefix is '%s'; allowed are visible ASCII characters between two slashes"
              .formatted(text));
    }
  }

  /** Returns the decoded rest of the path; empty if the path does not begin with the prefix. */
  Optional<String> rest(Request request) {
    return request.path().startsWith(text)
        ? Optional.of(Request.decode(request.path().substring(text.length())))
        : Optional.empty();
  }
}
