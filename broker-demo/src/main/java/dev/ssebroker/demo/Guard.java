package dev.ssebroker.demo;

import dev.ssebroker.http.Access;
import dev.ssebroker.http.Authorizer;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.Permission;
import dev.ssebroker.http.Request;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says who may publish and control the demo; everybody may subscribe. Whoever has the token, if
 * there is one. Without one: who is on this machine.
 */
final class Guard implements Authorizer {
  /*
   * Without a token it is the browser that must not be abused. Any web site's page can have it post to this
   * machine, hence the look at Origin, which a page cannot forge. A site can also let its own name point
   * to this machine and so be of the same origin, hence the look at Host, which then has that name.
   */
  private static final String PORT = "(:\\d{1,5})?";
  private static final String THIS_MACHINE = "(?i)(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])" + PORT;
  private static final String ADVICE =
      "; to allow more, start the demo with --publish-token and send it as Authorization: Bearer";

  private final Optional<Authorizer> bearer;
  private final boolean loopback;

  /**
   * Makes the guard.
   *
   * @param token see {@link Authorizer#bearer}
   * @param loopback whether the server listens where nobody outside this machine can reach it
   * @throws IllegalArgumentException if the token is not one
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
          forbidden("the topic " + Figures.NAME + " is for the demo's own figures; use another"));
    }
    return refusal
        .<Permission>map(Permission.Refused::new)
        .orElseGet(() -> Permission.granted(topics));
  }

  /** Returns what whoever may not control the demo is told; empty for those who may. */
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
      return Optional.of("other machines can reach this demo, so nobody may publish or control it");
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
    return new Decision.Answer(403, "text/plain;charset=utf-8", "403 " + reason + "\n", Map.of());
  }
}
