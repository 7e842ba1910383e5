package dev.ssebroker.http;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Event;
import dev.ssebroker.EventLogException;
import dev.ssebroker.Receipt;
import dev.ssebroker.RefusedIdException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Publishes the bodies of POST requests. Thread-safe. */
final class Publishing {
  private final Broker broker;

  /** By media type. An answer that refuses a body lists the types in this order. */
  private final Map<String, BodyFormat> formats;

  Publishing(Broker broker, Map<String, BodyFormat> formats) {
    this.broker = broker;
    this.formats = formats;
  }

  /**
   * Publishes a body: the events that a format reads from it, or one event that has it as its data.
   *
   * @throws BadRequest if the body is invalid, or if the broker refuses an event
   */
  Decision.Answer publish(Request request, String topic, RequestBody body)
      throws IOException, BadRequest {
    ContentType type = ContentType.of(request);
    BodyFormat format = formats.get(type.mediaType());
    if (format == null && (type.isJson() || type.isMultipart())) {
      return unsupportedMediaType();
    }
    if (!type.isUtf8()) {
      return ResponseHead.error(415, "allowed charsets are UTF-8 and US-ASCII");
    }
    try {
      return receipts(
          format == null
              ? json(broker.publish(topic, event(request, text(body.read()))))
              : json(broker.publish(topic, format.read(body.read()))));
    } catch (RefusedIdException e) {
      String event = format == null ? "" : "event " + (e.index() + 1) + ": ";
      return ResponseHead.error(e.publishedBefore() ? 409 : 400, event + printable(e));
    } catch (IllegalArgumentException e) {
      throw new BadRequest(400, printable(e));
    } catch (BrokerClosedException e) {
      return Refusal.of(request, 503);
    } catch (EventLogException e) {
      return ResponseHead.error(503, printable(e)).with("Retry-After", "1");
    } catch (RuntimeException e) {
      return Dispatcher.failure("publishing", request, e);
    }
  }

  private Decision.Answer unsupportedMediaType() {
    String allowed = formats.isEmpty() ? "allowed is" : "allowed are " + formats.keySet() + ", and";
    return ResponseHead.error(
        415, allowed + " any type except JSON and multipart, as the data of one event");
  }

  /** Replaces line breaks and what is not ASCII. The message may repeat what the client sent. */
  private static String printable(RuntimeException e) {
    return String.valueOf(e.getMessage()).replaceAll("[^ -~]", "?");
  }

  /** A byte order mark shows the encoding, and is no part of the text (Encoding §6). */
  private static String text(byte[] body) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
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

  /** Returns the query parameter, or the header field of the same name after {@code Event-}. */
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

  private static Decision.Answer receipts(String json) {
    return Decision.answer("application/json", json + "\n");
  }

  private static String json(List<Receipt> receipts) {
    return receipts.stream().map(Publishing::json).collect(Collectors.joining(",", "[", "]"));
  }

  /** No character of an id needs an escape. A formatter would use the digits of the locale. */
  private static String json(Receipt receipt) {
    return "{\"id\":\""
        + receipt.id()
        + "\",\"queued\":"
        + receipt.queued()
        + ",\"replaying\":"
        + receipt.replaying()
        + ",\"dropped\":"
        + receipt.dropped()
        + "}";
  }
}
