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

  /** The fields that clients and publishers send beyond those that are always allowed. */
  private static final String ALLOWED_HEADERS =
      "Accept, Authorization, Cache-Control, Content-Type, Event-Id, Event-Key, Event-Retry,"
          + " Event-Type, Last-Event-ID";

  /** The longest time for which any browser caches a preflight's answer. */
  private static final String MAX_AGE_SECONDS = "7200";

  private final boolean any;
  private final Set<String> origins;

  private Cors(boolean any, Set<String> origins) {
    this.any = any;
    this.origins = origins;
  }

  /**
   * Allows the pages of every web site, without cookies and other credentials.
   *
   * @return the rule
   */
  public static Cors anyOrigin() {
    return new Cors(true, Set.of());
  }

  /**
   * Allows the pages of these web sites, with credentials.
   *
   * @param origins such as {@code https://app.example} or {@code http://localhost:5173}, as a
   *     browser sends them in {@code Origin}: scheme, host in lower case, and the port unless it is
   *     the scheme's default
   * @return the rule
   * @throws IllegalArgumentException if one is not an origin; the message names it
   */
  public static Cors origins(String... origins) {
    for (String origin : origins) {
      if (!origin.matches("[a-z][a-z0-9+.-]*://(\\[[0-9a-f:.]+\\]|[a-z0-9._-]+)(:\\d{1,5})?")) {
        throw new IllegalArgumentException(
            "origin is '%s'; allowed is scheme://host or scheme://host:port in lower case%s"
                .formatted(origin, origin.equals("*") ? "; anyOrigin() allows all" : ""));
      }
    }
    return new Cors(false, Set.copyOf(List.of(origins)));
  }

  /** Adds the fields that an answer to this origin needs. */
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

  /** Returns the answer to a preflight request. {@link #addTo} adds the origin's fields. */
  static Decision.Answer preflight(String allowedMethods) {
    return Decision.answer(204)
        .with("Access-Control-Allow-Methods", allowedMethods)
        .with("Access-Control-Allow-Headers", ALLOWED_HEADERS)
        .with("Access-Control-Max-Age", MAX_AGE_SECONDS);
  }
}
