package dev.ssebroker.http;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which web sites' pages may read this server's answers, and which fields they may send and read
 * (the Fetch standard's CORS protocol). Immutable.
 *
 * @see <a href="https://fetch.spec.whatwg.org/#http-cors-protocol">Fetch, CORS protocol</a>
 */
public final class Cors {
  static final Cors NONE = origins();

  /** The fields that clients and publishers send. They are always allowed. */
  private static final List<String> OWN_HEADERS =
      List.of(
          "Accept",
          "Authorization",
          "Cache-Control",
          "Content-Type",
          "Event-Id",
          "Event-Key",
          "Event-Retry",
          "Event-Type",
          "Last-Event-ID");

  private static final String REQUESTED_HEADERS = "Access-Control-Request-Headers";
  private static final String REQUESTED_NETWORK = "Access-Control-Request-Private-Network";

  /** The longest time for which any browser caches a preflight's answer. */
  private static final String MAX_AGE_SECONDS = "7200";

  private final boolean any;
  private final List<OriginPattern> origins;

  /** Empty for all fields that a page asks for. */
  private final Optional<Set<String>> allowedHeaders;

  private final Set<String> exposedHeaders;
  private final boolean privateNetwork;

  private Cors(
      boolean any,
      List<OriginPattern> origins,
      Optional<Set<String>> allowedHeaders,
      Set<String> exposedHeaders,
      boolean privateNetwork) {
    this.any = any;
    this.origins = origins;
    this.allowedHeaders = allowedHeaders;
    this.exposedHeaders = exposedHeaders;
    this.privateNetwork = privateNetwork;
  }

  /**
   * Allows the pages of every web site, without cookies and other credentials.
   *
   * @return the rule
   */
  public static Cors anyOrigin() {
    return new Cors(true, List.of(), Optional.empty(), Set.of(), false);
  }

  /**
   * Allows the pages of these web sites, with credentials.
   *
   * <p>A host that begins with {@code *.} stands for its subdomains at any depth, but not for the
   * host itself: {@code https://*.app.example} allows {@code https://a.b.app.example}. Allow only
   * domains whose subdomains are all yours: {@code https://*.co.uk} would allow strangers. A star
   * as the port, as in {@code http://localhost:*}, stands for every port, the default one included.
   *
   * @param origins such as {@code https://app.example} or {@code http://localhost:5173}, as a
   *     browser sends them in {@code Origin}: scheme, host in lower case, and the port unless it is
   *     the scheme's default
   * @return the rule
   * @throws IllegalArgumentException if one is not an origin or a pattern; the message names it
   */
  public static Cors origins(String... origins) {
    List<OriginPattern> patterns = Arrays.stream(origins).map(OriginPattern::parse).toList();
    return new Cors(false, patterns, Optional.empty(), Set.of(), false);
  }

  /**
   * Restricts the header fields that pages may send. Unless this is set, they may send all. The
   * fields of event streams and of publishing, {@code Authorization} and {@code Content-Type} among
   * them, are always allowed.
   *
   * @param names further fields, such as {@code traceparent}; may be none
   * @return the new rule
   * @throws IllegalArgumentException if one is not a field's name; the message names it
   */
  public Cors withAllowedHeaders(String... names) {
    return new Cors(any, origins, Optional.of(names(names)), exposedHeaders, privateNetwork);
  }

  /**
   * Lets pages read these fields of the server's answers, besides those that the Fetch standard
   * always lets them read, such as {@code Content-Type}. Pages may read no others unless this is
   * set.
   *
   * @param names such as {@code Retry-After}, or the fields of your handlers
   * @return the new rule
   * @throws IllegalArgumentException if one is not a field's name; the message names it
   */
  public Cors withExposedHeaders(String... names) {
    return new Cors(any, origins, allowedHeaders, names(names), privateNetwork);
  }

  /**
   * Lets pages from the Internet use a server in a private network, if the browser asks for that
   * with {@code Access-Control-Request-Private-Network}. Not allowed unless this is set.
   *
   * <p>Chrome's Local Network Access, which replaced these preflights, asks the user instead, and
   * ignores the answer.
   *
   * @return the new rule
   * @see <a href="https://wicg.github.io/private-network-access/">Private Network Access</a>
   */
  public Cors withPrivateNetwork() {
    return new Cors(any, origins, allowedHeaders, exposedHeaders, true);
  }

  private static Set<String> names(String... names) {
    for (String name : names) {
      if (!RequestParser.isToken(name) || name.equals("*")) {
        throw new IllegalArgumentException(
            "field is '%s'; allowed is a field's name such as X-Api-Key, and not *"
                .formatted(name));
      }
    }
    return distinct(List.of(names));
  }

  /** Returns the names in order, each once (RFC 9110 §5.1). */
  private static Set<String> distinct(Collection<String> names) {
    Set<String> distinct = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    distinct.addAll(names);
    return distinct;
  }

  private boolean allows(Optional<String> origin) {
    return any
        || (origin.isPresent()
            && origins.stream().anyMatch(pattern -> pattern.matches(origin.get())));
  }

  /** Adds the fields that an answer to this origin needs. */
  ResponseHead addTo(ResponseHead head, Optional<String> origin) {
    if (!origins.isEmpty()) {
      head.field("Vary", "Origin");
    }
    if (!allows(origin)) {
      return head;
    }
    if (any) {
      head.field("Access-Control-Allow-Origin", "*");
    } else {
      head.field("Access-Control-Allow-Origin", origin.orElseThrow());
      head.field("Access-Control-Allow-Credentials", "true");
    }
    if (!exposedHeaders.isEmpty()) {
      head.field("Access-Control-Expose-Headers", String.join(", ", exposedHeaders));
    }
    return head;
  }

  /**
   * Returns the answer to a preflight request. {@link #addTo} adds the origin's fields. The answer
   * names each field that the page asks for, because a star would not stand for {@code
   * Authorization}, nor for any field in a request with credentials.
   *
   * @throws BadRequest if the page does not ask for a list of fields
   */
  Decision.Answer preflight(Request request, String allowedMethods) throws BadRequest {
    Set<String> headers = distinct(OWN_HEADERS);
    headers.addAll(allowedHeaders.isPresent() ? allowedHeaders.get() : requestedHeaders(request));
    Decision.Answer answer =
        Decision.answer(204)
            .with("Access-Control-Allow-Methods", allowedMethods)
            .with("Access-Control-Allow-Headers", String.join(", ", headers))
            .with("Access-Control-Max-Age", MAX_AGE_SECONDS)
            .with("Vary", REQUESTED_HEADERS + ", " + REQUESTED_NETWORK);
    boolean asks = request.headers().first(REQUESTED_NETWORK).equals(Optional.of("true"));
    return asks && privateNetwork && allows(request.headers().first("Origin"))
        ? answer.with("Access-Control-Allow-Private-Network", "true")
        : answer;
  }

  /** RFC 9110 §5.6.1: a list may have empty elements. The limit of the head bounds it. */
  private static List<String> requestedHeaders(Request request) throws BadRequest {
    List<String> names =
        request.headers().all(REQUESTED_HEADERS).stream()
            .flatMap(list -> Stream.of(list.split(",", -1)))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
    if (!names.stream().allMatch(RequestParser::isToken)) {
      throw new BadRequest(400, REQUESTED_HEADERS + " is not a list of field names");
    }
    return names;
  }
}
