package dev.ssebroker.http;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Decides what each request of a server gets. Thread-safe. */
final class Dispatcher {
  private final ServerSettings settings;
  private final Connections connections;
  private final Publishing publishing;

  /**
   * Creates a dispatcher.
   *
   * @param connections the server's, for its status
   */
  Dispatcher(ServerSettings settings, Connections connections) {
    this.settings = settings;
    this.connections = connections;
    this.publishing = new Publishing(settings.broker(), settings.formats());
  }

  Decision decide(Request request, RequestBody body) throws IOException, BadRequest {
    return switch (request.method()) {
      case "GET", "HEAD" -> get(request);
      case "POST" -> post(request, body);
      case "OPTIONS" -> options(request);
      case "PUT", "DELETE", "PATCH", "TRACE" -> notAllowed(request);
      default -> ResponseHead.error(501, "this server does not support the method");
    };
  }

  /** Returns the topic of a path that begins with the prefix for publishing. It may be empty. */
  private Optional<String> topic(Request request) {
    return Optional.ofNullable(settings.publishing()).flatMap(prefix -> prefix.rest(request));
  }

  private String allowedMethods(Request request) {
    boolean post =
        settings.posts().containsKey(request.path())
            || topic(request).isPresent()
            || (request.path().equals("*")
                && (settings.publishing() != null || !settings.posts().isEmpty()));
    return post ? "GET, HEAD, OPTIONS, POST" : "GET, HEAD, OPTIONS";
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
    return preflight ? Cors.preflight(allowed) : Decision.Answer.empty(204).with("Allow", allowed);
  }

  /**
   * Returns the answer to a request for the server's health or metrics, which a full server gives
   * as well; empty if the request asks for something else.
   */
  Optional<Decision> status(Request request) {
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      return Optional.empty();
    }
    if (settings.health() && request.path().equals("/healthz")) {
      return Optional.of(Decision.answer("text/plain;charset=utf-8", "ok\n"));
    }
    if (settings.health() && request.path().equals("/readyz")) {
      return Optional.of(
          connections.isDraining()
              ? ResponseHead.error(503, "draining")
              : Decision.answer("text/plain;charset=utf-8", "ready\n"));
    }
    if (settings.metrics() && request.path().equals("/metrics")) {
      String page =
          PrometheusText.page(
              settings.broker().stats(), connections.count(), connections.figures());
      return Optional.of(Decision.answer(PrometheusText.CONTENT_TYPE, page));
    }
    return Optional.empty();
  }

  private Decision get(Request request) {
    return status(request).orElseGet(() -> askHandler(request));
  }

  private Decision askHandler(Request request) {
    return switch (ask(settings.handler(), request)) {
      case Decision.Stream stream -> authorized(request, stream);
      case Decision.Answer answer -> answer;
    };
  }

  /** Asks a handler. An exception becomes a 500. */
  static Decision ask(StreamHandler handler, Request request) {
    try {
      return Objects.requireNonNull(handler.decide(request), "decision");
    } catch (RuntimeException e) {
      return failure("handler", request, e);
    }
  }

  private Decision authorized(Request request, Decision.Stream stream) {
    return switch (permission(request, Access.SUBSCRIBE, stream.topics())) {
      case Permission.Refused refused -> refused.answer();
      case Permission.Granted granted when granted.topics().isEmpty() -> Decision.refuse(403);
      case Permission.Granted granted -> new Decision.Stream(granted.topics(), stream.settings());
    };
  }

  private Permission permission(Request request, Access access, List<String> topics) {
    Authorizer authorizer = settings.authorizer();
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

  private Decision post(Request request, RequestBody body) throws IOException, BadRequest {
    PostHandler postHandler = settings.posts().get(request.path());
    if (postHandler != null) {
      return ask(postHandler, request, body.read());
    }
    Optional<String> topic = topic(request);
    if (topic.isEmpty()) {
      return notAllowed(request);
    }
    return topic.get().isEmpty() ? Decision.refuse(404) : publish(request, topic.get(), body);
  }

  private static Decision.Answer ask(PostHandler handler, Request request, byte[] body) {
    try {
      return Objects.requireNonNull(handler.handle(request, body), "answer");
    } catch (RuntimeException e) {
      return failure("post handler", request, e);
    }
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
