package dev.ssebroker.http;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Decides what each request of a server gets. Thread-safe. */
final class Dispatcher implements Closeable {
  private final ServerSettings settings;
  private final Connections connections;
  private final Publishing publishing;
  private final Routes routes;
  private final HandlerThreads threads = new HandlerThreads();

  /**
   * Creates a dispatcher.
   *
   * @param connections the server's, for its status
   */
  Dispatcher(ServerSettings settings, Connections connections) {
    this.settings = settings;
    this.connections = connections;
    this.publishing = new Publishing(settings.broker(), settings.formats());
    this.routes = settings.routes();
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
    return Optional.ofNullable(settings.publishing()).flatMap(prefix -> prefix.rest(request));
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
    if (takesEvents(request) || (path.equals("*") && settings.publishing() != null)) {
      methods.add("POST");
    }
    return String.join(", ", methods);
  }

  private boolean takesEvents(Request request) {
    return topic(request).filter(topic -> !topic.isEmpty()).isPresent();
  }

  private Decision.Answer notAllowed(Request request) {
    return notAllowed(allowedMethods(request));
  }

  private static Decision.Answer notAllowed(String allowed) {
    return ResponseHead.error(405, "allowed here: " + allowed).with("Allow", allowed);
  }

  /** RFC 9110 §9.3.7. With these two fields the request is a preflight (Fetch, CORS protocol). */
  private Decision.Answer options(Request request) throws BadRequest {
    boolean preflight =
        request.headers().first("Origin").isPresent()
            && request.headers().first("Access-Control-Request-Method").isPresent();
    String allowed = allowedMethods(request);
    return preflight
        ? settings.cors().preflight(request, allowed)
        : Decision.answer(204).with("Allow", allowed);
  }

  /**
   * Returns the answer to a request for the server's health or metrics, which a full server gives
   * as well; empty if the request asks for something else.
   */
  Optional<Decision> status(Request request) {
    if (!isBuiltIn(request.path())
        || !(request.method().equals("GET") || request.method().equals("HEAD"))) {
      return Optional.empty();
    }
    return Optional.of(
        switch (request.path()) {
          case "/healthz" -> Decision.answer("text/plain;charset=utf-8", "ok\n");
          case "/readyz" ->
              connections.isDraining()
                  ? ResponseHead.error(503, "draining")
                  : Decision.answer("text/plain;charset=utf-8", "ready\n");
          default ->
              Decision.answer(
                  PrometheusText.CONTENT_TYPE,
                  PrometheusText.page(
                      settings.broker().stats(), connections.count(), connections.figures()));
        });
  }

  private Decision get(Request request, RequestBody body) throws IOException, BadRequest {
    Optional<Decision> status = status(request);
    if (status.isPresent()) {
      return status.get();
    }
    Optional<Routes.Match> match = routes.match(request);
    if (match.isPresent()) {
      return handled(match.get(), body);
    }
    if (!routes.methods(request.path()).isEmpty()) {
      return notAllowed(request);
    }
    Decision decision = call(request, () -> ask(settings.handler(), request));
    // The handler knows nothing here, but POST does (RFC 9110 §15.5.6).
    return decision instanceof Decision.Answer answer
            && answer.status() == 404
            && takesEvents(request)
        ? notAllowed("OPTIONS, POST")
        : authorized(request, decision);
  }

  /** Returns whether the server itself answers GET of the path. */
  private boolean isBuiltIn(String path) {
    return (settings.health() && (path.equals("/healthz") || path.equals("/readyz")))
        || (settings.metrics() && path.equals("/metrics"));
  }

  /** Runs a handler where it may block. */
  private Decision call(Request request, Supplier<Decision> handler) {
    return threads.call(handler, () -> Refusal.of(request, 503));
  }

  /** Asks a stream handler. An exception becomes a 500. */
  static Decision ask(StreamHandler handler, Request request) {
    return ask(request, () -> handler.decide(request));
  }

  private static Decision ask(Request request, Supplier<Decision> handler) {
    try {
      return acceptable(request, Objects.requireNonNull(handler.get(), "decision"));
    } catch (RuntimeException e) {
      return failure("handler", request, e);
    }
  }

  /** Refuses a stream that the client's Accept fields exclude (RFC 9110 §15.5.7). */
  private static Decision acceptable(Request request, Decision decision) {
    return decision instanceof Decision.Stream && !request.acceptsEvents()
        ? ResponseHead.error(406, "this is an event stream, which Accept excludes")
        : decision;
  }

  private Decision handled(Routes.Match match, RequestBody body) throws IOException, BadRequest {
    Request request = match.request();
    byte[] bytes = body.read();
    Decision decision =
        call(request, () -> ask(request, () -> match.handler().handle(request, bytes)));
    return authorized(request, decision);
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
    Authorizer authorizer = settings.authorizer();
    if (authorizer == null) {
      return Permission.granted(topics);
    }
    return threads.call(
        () -> ask(authorizer, request, access, topics),
        () -> new Permission.Refused(Refusal.of(request, 503)));
  }

  private static Permission ask(
      Authorizer authorizer, Request request, Access access, List<String> topics) {
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

  /** Ends the threads of users' code after their calls. */
  @Override
  public void close() {
    threads.close();
  }
}
