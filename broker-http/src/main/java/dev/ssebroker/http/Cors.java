package dev.ssebroker.http;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which web sites' pages may read this server's answers (the Fetch standard's CORS protocol).
 *
 * @see <a href="https://fetch.spec.whatwg.org/#http-cors-protocol">Fetch, CORS protocol</a>
 */
public final class Cors {
  static final Cors NONE = new Cors(false, Set.of());

  /** What clients of event streams and publishers send beyond what is always allowed. */
  private static final String ALLOWED_HEADERS =
      "Accept, Authorization, Cache-Control, Content-Type, Event-Id, Event-Key, Event-Retry,"
          + " Event-Type, Last-Event-ID";

  /** The most that any browser remembers a preflight's answer. */
  private static final String MAX_AGE_SECONDS = "7200";

  private final boolean any;
  private final Set<String> origins;

  private Cors(boolean any, Set<String> origins) {
    this.any = any;
    this.origins = origins;
  }

  /**
   * Lets the pages of every web site in, without cookies and other credentials.
   *
   * @return the rule
   */
  public static Cors anyOrigin() {
    return new Cors(true, Set.of());
  }

  /**
   * Lets the pages of these web sites in, with credentials.
   *
   * @param origins such as {@code https://app.example} or {@code http://localhost:5173}, as a
   *     browser sends them in {@code Origin}: scheme, host in lower case, and the port unless it is
   *     the scheme's own
   * @return the rule
   * @throws IllegalArgumentException if one is not an origin; the message names it
   */
  public static Cors origins(String... origins) {
    for (String origin : origins) {
      if (!origin.matches("[a-z][a-z0-9+.-]*://(\\[[0-9a-f:.]+\\]|[a-z0-9._-]+)(:\\d{1,5})?")) {
        throw new IllegalArgumentException(
            "origin is '%s'; allowed is scheme://host or scheme://host:port in lower case%s"
                .formatted(origin, origin.equals("*") ? "; for all there is anyOrigin()" : ""));
      }
    }
    return new Cors(false, Set.copyOf(List.of(origins)));
  }

  /** Adds what an answer to this origin needs. */
  ResponseHead addTo(ResponseHead head, Optional<String> origin) {
    if (any) {
      return head.field("Access-Control-Allow-Origin", "*");
    }
    if (!origins.isEmpty()) {
      head.field("Vary", "Origin");
    }
    if (origin.isPresent() && origins.contains(origin.get())) {
      head.field("Access-Control-Allow-Origin", origin.get());
      head.field("Access-Control-Allow-Credentials", "true");
    }
    return head;
  }

  /** The answer to a browser that asks before it sends a request; the origin is added to it. */
  static Decision.Answer preflight(String allowedMethods) {
    return Decision.Answer.empty(204)
        .with("Access-Control-Allow-Methods", allowedMethods)
        .with("Access-Control-Allow-Headers", ALLOWED_HEADERS)
        .with("Access-Control-Max-Age", MAX_AGE_SECONDS);
  }
}
