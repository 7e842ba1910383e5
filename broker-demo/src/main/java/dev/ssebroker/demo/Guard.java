package dev.ssebroker.demo;

import dev.ssebroker.http.Access;
import dev.ssebroker.http.Authorizer;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.Permission;
import dev.ssebroker.http.Request;
import java.util.List;
import java.util.Optional;

/**
 * Decides who may publish and control the demo. With a token, clients that send it may; without
 * one, requests from this machine may. Everybody may subscribe.
 */
final class Guard implements Authorizer {
  /*
   * Cross-site requests. Without a token, a page of any web site could make the browser post to this
   * machine. The Origin field, which a page cannot forge, shows that.
   *
   * DNS rebinding. A site can resolve its own name to this machine and thus be of the same origin. The
   * Host field then has the site's name.
   */
  private static final String PORT = "(:\\d{1,5})?";
  private static final String THIS_MACHINE = "(?i)(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])" + PORT;
  private static final String ADVICE =
      "; to allow it, start the demo with --publish-token and send Authorization: Bearer <token>";

  private final Optional<Authorizer> bearer;
  private final boolean loopback;

  /**
   * Creates the guard.
   *
   * @param token see {@link Authorizer#bearer}
   * @param loopback whether the server listens on a loopback address only
   * @throws IllegalArgumentException if the token is invalid
   */
  Guard(Optional<String> token, boolean loopback) {
    this.bearer = token.map(secret -> Authorizer.bearer(secret, Access.PUBLISH));
    this.loopback = loopback;
  }

  @Override
  public Permission authorize(Request request, Access access, List<String> topics) {
    if (access == Access.SUBSCRIBE) {
      return Permission.granted(topics);
    }
    Optional<Decision.Answer> refusal = refusal(request);
    if (refusal.isEmpty() && topics.contains(Figures.NAME)) {
      return new Permission.Refused(
          forbidden(
              "the topic "
                  + Figures.NAME
                  + " is reserved for the demo's figures; use another one"));
    }
    return refusal
        .<Permission>map(Permission.Refused::new)
        .orElseGet(() -> Permission.granted(topics));
  }

  /** Returns the response that refuses a control request; empty if the request is allowed. */
  Optional<Decision.Answer> refusal(Request request) {
    if (bearer.isPresent()) {
      Permission permission = bearer.get().authorize(request, Access.PUBLISH, List.of());
      return permission instanceof Permission.Refused refused
          ? Optional.of(refused.answer())
          : Optional.empty();
    }
    return reason(request).map(reason -> forbidden(reason + ADVICE));
  }

  private Optional<String> reason(Request request) {
    if (!loopback) {
      return Optional.of(
          "other machines can reach this demo, so publishing and control need a token");
    }
    String host = request.headers().first("Host").orElse("");
    if (!host.matches(THIS_MACHINE)) {
      return Optional.of("only requests to localhost, 127.x.x.x or [::1] may publish or control");
    }
    Optional<String> origin = request.headers().first("Origin");
    if (origin.isPresent() && !isSame(origin.get(), host)) {
      return Optional.of("pages of other web sites may not publish or control");
    }
    return Optional.empty();
  }

  private static boolean isSame(String origin, String host) {
    return origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
  }

  private static Decision.Answer forbidden(String reason) {
    return Decision.answer("text/plain;charset=utf-8", "403 " + reason + "\n").withStatus(403);
  }
}
