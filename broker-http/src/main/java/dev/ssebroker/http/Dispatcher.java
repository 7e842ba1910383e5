package dev.ssebroker.http;

import dev.ssebroker.Broker;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides what each request of a server gets. Thread-safe. */
final class Dispatcher {
  private final Connections connections;
  private final Broker broker;
  private final StreamHandler handler;
  private final @Nullable Authorizer authorizer;
  private final @Nullable PathPrefix publishingPrefix;
  private final Publishing publishing;
  private final Routes routes;
  private final boolean health;
  private final boolean metrics;

  Dispatcher(Connections connections, SseServer.Builder settings) {
    this.connections = connections;
    this.broker = settings.broker;
    this.handler = settings.handler;
    this.authorizer = settings.authorizer;
    this.publishingPrefix = settings.publishing;
    this.publishing = new Publishing(broker, settings.formats);
    this.routes = settings.routes;
    this.health = settings.health;
    this.metrics = settings.metrics;
  }

  Decision decide(Request request, RequestBody body) throws IOException, BadRequest {
    return switch (request.method()) {
      case "GET", "HEAD" -> get(request, body);
      case "POST", "PUT", "DELETE", "PATCH" -> change(request, body);
      case "OPTIONS" -> options(request);
      case "TRACE" -> notAllowed(request);
      default -> ResponseHead.error(501, "this server does not support the method");
    };
  }

  /** Returns the topic of a path that begins with the prefix for publishing. It may be empty. */
  private Optional<String> topic(Request request) {
    return Optional.ofNullable(publishingPrefix).flatMap(prefix -> prefix.rest(request));
  }

  /** GET of a path without handlers is the stream handler's. HEAD is allowed where GET is. */
  private String allowedMethods(Request request) {
    String path = request.path();
    Set<String> methods = new TreeSet<>(routes.methods(path));
    methods.add("OPTIONS");
    if (methods.size() == 1 || path.equals("*") || isBuiltIn(path)) {
      methods.add("GET");
    }
    if (methods.contains("GET")) {
      methods.add("HEAD");
    }
    if (topic(request).isPresent() || (path.equals("*") && publishingPrefix != null)) {
      methods.add("POST");
    }
    return String.join(", ", methods);
  }

  private Decision.Answer notAllowed(Request request) {
    String allowed = allowedMethods(request);
    return ResponseHead.error(405, "allowed here: " + allowed).with("Allow", allowed);
  }

  /** RFC 9110 §9.3.7. With these two fields the request is a preflight (Fetch, CORS protocol). */
  private Decision.Answer options(Request request) {
    boolean preflight =
        request.headers().first("Origin").isPresent()
            && request.headers().first("Access-Control-Request-Method").isPresent();
    String allowed = allowedMethods(request);
    return preflight ? Cors.preflight(allowed) : Decision.answer(204).with("Allow", allowed);
  }

  private Decision get(Request request, RequestBody body) throws IOException, BadRequest {
    String path = request.path();
    if (health && path.equals("/healthz")) {
      return Decision.answer("text/plain;charset=utf-8", "ok\n");
    }
    if (health && path.equals("/readyz")) {
      return connections.isDraining()
          ? ResponseHead.error(503, "draining")
          : Decision.answer("text/plain;charset=utf-8", "ready\n");
    }
    if (metrics && path.equals("/metrics")) {
      return Decision.answer(
          PrometheusText.CONTENT_TYPE, PrometheusText.of(broker.stats(), connections.count()));
    }
    Optional<Routes.Match> match = routes.match(request);
    if (match.isPresent()) {
      return handled(match.get(), body);
    }
    return routes.methods(path).isEmpty()
        ? authorized(request, ask(handler, request))
        : notAllowed(request);
  }

  /** Returns whether the server itself answers GET of the path. */
  private boolean isBuiltIn(String path) {
    return (health && (path.equals("/healthz") || path.equals("/readyz")))
        || (metrics && path.equals("/metrics"));
  }

  /** Asks a stream handler. An exception becomes a 500. */
  static Decision ask(StreamHandler handler, Request request) {
    return ask(request, () -> handler.decide(request));
  }

  private static Decision ask(Request request, Supplier<Decision> handler) {
    try {
      return Objects.requireNonNull(handler.get(), "decision");
    } catch (RuntimeException e) {
      return failure("handler", request, e);
    }
  }

  private Decision handled(Routes.Match match, RequestBody body) throws IOException, BadRequest {
    Request request = match.request();
    byte[] bytes = body.read();
    return authorized(request, ask(request, () -> match.handler().handle(request, bytes)));
  }

  private Decision authorized(Request request, Decision decision) {
    return switch (decision) {
      case Decision.Answer answer -> answer;
      case Decision.Stream stream ->
          switch (permission(request, Access.SUBSCRIBE, stream.topics())) {
            case Permission.Refused refused -> refused.answer();
            case Permission.Granted granted when granted.topics().isEmpty() -> Decision.refuse(403);
            case Permission.Granted granted -> stream.granted(granted.topics());
          };
    };
  }

  private Permission permission(Request request, Access access, List<String> topics) {
    if (authorizer == null) {
      return Permission.granted(topics);
    }
    try {
      return Objects.requireNonNull(authorizer.authorize(request, access, topics), "permission");
    } catch (RuntimeException e) {
      return new Permission.Refused(failure("authorizer", request, e));
    }
  }

  /** Logs an exception of the user's code with the path, and returns the client's answer. */
  static Decision.Answer failure(String what, Request request, RuntimeException e) {
    SseServer.LOG.log(Level.WARNING, "The " + what + " failed for " + request.path(), e);
    return Decision.refuse(500);
  }

  /** A handler takes precedence over publishing. */
  private Decision change(Request request, RequestBody body) throws IOException, BadRequest {
    Optional<Routes.Match> match = routes.match(request);
    if (match.isPresent()) {
      return handled(match.get(), body);
    }
    Optional<String> topic = topic(request);
    if (topic.isEmpty() || !request.method().equals("POST")) {
      return notAllowed(request);
    }
    return topic.get().isEmpty() ? Decision.refuse(404) : publish(request, topic.get(), body);
  }

  /** Checks the permission before the body is read. */
  private Decision publish(Request request, String topic, RequestBody body)
      throws IOException, BadRequest {
    return switch (permission(request, Access.PUBLISH, List.of(topic))) {
      case Permission.Refused refused -> refused.answer();
      case Permission.Granted granted when granted.topics().size() != 1 -> Decision.refuse(403);
      case Permission.Granted granted ->
          publishing.publish(request, granted.topics().getFirst(), body);
    };
  }
}
