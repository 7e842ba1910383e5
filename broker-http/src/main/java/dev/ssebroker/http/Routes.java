package dev.ssebroker.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The handlers of a server, each for a method and a pattern of paths. Immutable. */
final class Routes {
  static final Routes NONE = new Routes(List.of());

  /** The server itself answers HEAD, where GET is allowed, and OPTIONS. */
  private static final List<String> METHODS = List.of("DELETE", "GET", "PATCH", "POST", "PUT");

  private record Route(String method, PathPattern pattern, RequestHandler handler) {
    @Override
    public String toString() {
      return method + " " + pattern;
    }
  }

  /** A request with the values of its path, and its handler. */
  record Match(Request request, RequestHandler handler) {}

  /**
   * Patterns with more literals come first. Of two that match one path, one is more specific, and
   * so has more literals.
   */
  private final List<Route> routes;

  private Routes(List<Route> routes) {
    this.routes = List.copyOf(routes);
  }

  /**
   * Returns these routes and one more.
   *
   * @throws IllegalArgumentException if the method is not allowed, if the path is not a pattern, or
   *     if it is ambiguous
   */
  Routes with(String method, String path, RequestHandler handler) {
    if (!METHODS.contains(method)) {
      throw new IllegalArgumentException(
          "method is '%s'; allowed are %s".formatted(method, METHODS));
    }
    Route route =
        new Route(method, PathPattern.parse(path), Objects.requireNonNull(handler, "handler"));
    for (Route other : routes) {
      if (other.method.equals(method)) {
        checkAmbiguity(route, other);
      }
    }
    List<Route> more = new ArrayList<>(routes);
    more.add(route);
    more.sort(Comparator.comparingLong((Route each) -> each.pattern.literals()).reversed());
    return new Routes(more);
  }

  private static void checkAmbiguity(Route route, Route other) {
    Optional<String> path = route.pattern.ambiguity(other.pattern);
    if (path.isPresent()) {
      throw new IllegalArgumentException(
          "%s is ambiguous: %s matches %s as well, and is not less specific"
              .formatted(route, other, path.get()));
    }
  }

  /** Returns the handler of a request. The handler of GET is that of HEAD. */
  Optional<Match> match(Request request) {
    String method = request.method().equals("HEAD") ? "GET" : request.method();
    List<String> segments = PathPattern.split(request.path());
    for (Route route : routes) {
      if (route.method.equals(method)) {
        Optional<Map<String, String>> values = route.pattern.values(segments);
        if (values.isPresent()) {
          return Optional.of(new Match(request.withPathValues(values.get()), route.handler));
        }
      }
    }
    return Optional.empty();
  }

  /** Returns the methods of a path, or of all paths for {@code *}; empty if it has no handler. */
  Set<String> methods(String path) {
    List<String> segments = PathPattern.split(path);
    Set<String> methods = new TreeSet<>();
    for (Route route : routes) {
      if (path.equals("*") || route.pattern.values(segments).isPresent()) {
        methods.add(route.method);
      }
    }
    return methods;
  }
}
