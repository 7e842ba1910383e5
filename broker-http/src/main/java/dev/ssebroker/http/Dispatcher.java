package dev.ssebroker.http;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Event;
import dev.ssebroker.EventLogException;
import dev.ssebroker.Receipt;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Decides what each request of a server gets. Used by the threads of all connections. */
final class Dispatcher {
  private static final String JSON = "application/json";

  private final Connections connections;
  private final Broker broker;
  private final StreamHandler handler;
  private final @Nullable Authorizer authorizer;
  private final @Nullable PathPrefix publishing;
  private final Map<String, BodyFormat> formats;
  private final Map<String, PostHandler> posts;
  private final boolean health;
  private final boolean metrics;

  Dispatcher(Connections connections, SseServer.Builder settings) {
    this.connections = connections;
    this.broker = settings.broker;
    this.handler = settings.handler;
    this.authorizer = settings.authorizer;
    this.publishing = settings.publishing;
    this.formats = Map.copyOf(settings.formats);
    this.posts = Map.copyOf(settings.posts);
    this.health = settings.health;
    this.metrics = settings.metrics;
  }

  Decision decide(Request request, RequestBody body) throws IOException, BadRequest {
    return switch (request.method()) {
      case "GET", "HEAD" -> get(request);
      case "POST" -> post(request, body);
      case "OPTIONS" -> options(request);
      case "PUT", "DELETE", "PATCH", "TRACE" -> notAllowed(request);
      default -> ResponseHead.refusal(501, "this method is not known here");
    };
  }

  private boolean publishes(Request request) {
    return publishing != null && publishing.rest(request).isPresent();
  }

  private String allowedMethods(Request request) {
    boolean post =
        posts.containsKey(request.path())
            || publishes(request)
            || (request.path().equals("*") && (publishing != null || !posts.isEmpty()));
    return post ? "GET, HEAD, OPTIONS, POST" : "GET, HEAD, OPTIONS";
  }

  private Decision.Answer notAllowed(Request request) {
    String allowed = allowedMethods(request);
    return ResponseHead.refusal(405, "allowed here: " + allowed).with("Allow", allowed);
  }

  /** RFC 9110 §9.3.7; with these two fields it is a browser's preflight (Fetch, CORS protocol). */
  private Decision.Answer options(Request request) {
    boolean preflight =
        request.headers().first("Origin").isPresent()
            && request.headers().first("Access-Control-Request-Method").isPresent();
    String allowed = allowedMethods(request);
    return preflight ? Cors.preflight(allowed) : Decision.Answer.empty(204).with("Allow", allowed);
  }

  private Decision get(Request request) {
    if (health && request.path().equals("/healthz")) {
      return Decision.answer("text/plain;charset=utf-8", "ok\n");
    }
    if (health && request.path().equals("/readyz")) {
      return connections.isDraining()
          ? ResponseHead.refusal(503, "draining")
          : Decision.answer("text/plain;charset=utf-8", "ready\n");
    }
    if (metrics && request.path().equals("/metrics")) {
      return Decision.answer(
          PrometheusText.CONTENT_TYPE, PrometheusText.of(broker.stats(), connections.count()));
    }
    try {
      Decision decision = Objects.requireNonNull(handler.decide(request), "decision");
      return decision instanceof Decision.Stream stream ? authorized(request, stream) : decision;
    } catch (RuntimeException e) {
      return failure("handler", request, e);
    }
  }

  private Decision authorized(Request request, Decision.Stream stream) {
    return switch (permission(request, Access.SUBSCRIBE, stream.topics())) {
      case Permission.Refused refused -> refused.answer();
      case Permission.Granted granted when granted.topics().isEmpty() -> Decision.reject(403);
      case Permission.Granted granted -> new Decision.Stream(granted.topics(), stream.settings());
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

  static Decision.Answer failure(String what, Request request, RuntimeException e) {
    SseServer.LOG.log(Level.WARNING, "The " + what + " failed for " + request.path(), e);
    return Decision.reject(500);
  }

  private Decision post(Request request, RequestBody body) throws IOException, BadRequest {
    PostHandler handling = posts.get(request.path());
    if (handling != null) {
      return handle(request, handling, body.read());
    }
    return publishes(request) ? publish(request, body) : notAllowed(request);
  }

  private static Decision.Answer handle(Request request, PostHandler handling, byte[] body) {
    try {
      return Objects.requireNonNull(handling.handle(request, body), "answer");
    } catch (RuntimeException e) {
      return failure("post handler", request, e);
    }
  }

  /** Whoever may not publish is told so before the body is read. */
  private Decision publish(Request request, RequestBody body) throws IOException, BadRequest {
    Optional<String> topic =
        Optional.ofNullable(publishing).flatMap(prefix -> prefix.rest(request));
    if (topic.isEmpty() || topic.get().isEmpty()) {
      return Decision.reject(404);
    }
    return switch (permission(request, Access.PUBLISH, List.of(topic.get()))) {
      case Permission.Refused refused -> refused.answer();
      case Permission.Granted granted when granted.topics().size() != 1 -> Decision.reject(403);
      case Permission.Granted granted -> publish(request, granted.topics().getFirst(), body);
    };
  }

  private Decision publish(Request request, String topic, RequestBody body)
      throws IOException, BadRequest {
    String mediaType = mediaType(request);
    BodyFormat format = formats.get(mediaType);
    if (format == null && mediaType.contains("json")) {
      return ResponseHead.refusal(
          415,
          "allowed are " + formats.keySet() + ", and whatever is not JSON, as one event's data");
    }
    try {
      if (format == null) {
        Event event = event(request, text(body.read()));
        return receipt(json(broker.publish(topic, event)));
      }
      List<Receipt> receipts = broker.publish(topic, format.read(body.read()));
      return receipt(
          receipts.stream().map(Dispatcher::json).collect(Collectors.joining(",", "[", "]")));
    } catch (IllegalArgumentException e) {
      throw new BadRequest(400, printable(String.valueOf(e.getMessage())));
    } catch (BrokerClosedException e) {
      return Refusal.of(request, 503);
    } catch (EventLogException e) {
      return ResponseHead.refusal(503, printable(String.valueOf(e.getMessage())))
          .with("Retry-After", "1");
    } catch (RuntimeException e) {
      return failure("body format", request, e);
    }
  }

  /** The message of an exception may repeat what the client sent. */
  private static String printable(String message) {
    return message.replaceAll("[^ -~]", "?");
  }

  private static String mediaType(Request request) {
    String contentType = request.headers().first("Content-Type").orElse("");
    int semicolon = contentType.indexOf(';');
    String mediaType = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
    return mediaType.strip().toLowerCase(Locale.ROOT);
  }

  private static String text(byte[] body) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the body is not UTF-8", e);
    }
  }

  private static Event event(Request request, String data) {
    Event event =
        attribute(request, "type")
            .map(type -> Event.of(type, data))
            .orElseGet(() -> Event.of(data));
    Optional<String> id = attribute(request, "id");
    if (id.isPresent()) {
      event = event.withId(id.get());
    }
    Optional<String> key = attribute(request, "key");
    if (key.isPresent()) {
      event = event.withKey(key.get());
    }
    Optional<String> retry = attribute(request, "retry");
    return retry.isPresent() ? event.withRetry(milliseconds(retry.get())) : event;
  }

  /** From the query, or from the header field of the same name with Event- before it. */
  private static Optional<String> attribute(Request request, String name) {
    return request.parameters(name).stream()
        .findFirst()
        .or(() -> request.headers().first("Event-" + name));
  }

  private static Duration milliseconds(String text) {
    if (!text.matches("\\d{1,18}")) {
      throw new IllegalArgumentException("retry: allowed is a number of milliseconds");
    }
    return Duration.ofMillis(Long.parseLong(text));
  }

  private static Decision.Answer receipt(String json) {
    return Decision.answer(JSON, json + "\n");
  }

  /** An id has no character that JSON would escape. */
  private static String json(Receipt receipt) {
    return "{\"id\":\"%s\",\"offered\":%d,\"behind\":%d,\"dropped\":%d}"
        .formatted(receipt.id(), receipt.offered(), receipt.behind(), receipt.dropped());
  }
}
