package dev.ssebroker.http;

import dev.ssebroker.Broker;
import dev.ssebroker.Subscription;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** What a request gets: a stream, or an answer. */
public sealed interface Decision {

  /**
   * The event stream of some topics.
   *
   * @param topics names or filters, at least one; the client receives a 400 if the broker refuses
   *     one
   * @param settings changes the client's settings before it is subscribed
   */
  record Stream(List<String> topics, Consumer<Subscription.Builder> settings) implements Decision {
    private static final String TOPICS =
        "segments of visible characters with single slashes between them, 255 characters in all";

    /** Copies the list. */
    public Stream {
      topics = List.copyOf(topics);
    }

    /**
     * Returns this stream with other settings, such as another {@link dev.ssebroker.Overflow}.
     *
     * @param settings receives the client's builder, which has the broker's settings
     * @return the decision
     */
    public Stream with(Consumer<Subscription.Builder> settings) {
      return new Stream(topics, settings);
    }

    /**
     * Returns the settings of this stream's client.
     *
     * @throws BadRequest if the broker refuses a topic, or if {@code settings} throws
     */
    Subscription.Builder describe(Broker broker, Request request) throws BadRequest {
      Subscription.Builder builder = subscription(broker);
      try {
        request.lastEventId().ifPresent(builder::lastEventId);
        settings.accept(builder);
        return builder;
      } catch (RuntimeException e) {
        throw new BadRequest(Dispatcher.failure("handler", request, e));
      }
    }

    private Subscription.Builder subscription(Broker broker) throws BadRequest {
      try {
        return broker.subscription(topics.toArray(String[]::new));
      } catch (IllegalArgumentException e) {
        throw new BadRequest(400, "a topic is invalid; allowed are " + TOPICS);
      }
    }
  }

  /**
   * One response.
   *
   * @param status from 200 to 599
   * @param contentType the body's media type: visible ASCII characters and spaces
   * @param body sent as UTF-8; must be empty for a status of 204 or 304
   * @param fields further header fields, by name, in the order in which they are sent; the server
   *     writes those that describe how the response is sent
   */
  record Answer(int status, String contentType, String body, Map<String, String> fields)
      implements Decision {
    private static final Set<String> SERVER_FIELDS =
        Set.of(
            "connection", "content-length", "content-type", "date", "trailer", "transfer-encoding");

    /**
     * Checks every part.
     *
     * @throws IllegalArgumentException if a part is invalid; the message names it
     */
    public Answer {
      if (status < 200 || status > 599) {
        throw new IllegalArgumentException(
            "status is %d; allowed is from 200 to 599".formatted(status));
      }
      checkText("contentType", contentType);
      if ((status == 204 || status == 304) && !body.isEmpty()) {
        throw new IllegalArgumentException("body: allowed is none for a status of 204 or 304");
      }
      fields.forEach(Answer::checkField);
      fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    private static void checkText(String name, String value) {
      if (value.isEmpty() || !value.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
        throw new IllegalArgumentException(
            "%s is '%s'; allowed are visible ASCII characters and spaces".formatted(name, value));
      }
    }

    private static void checkField(String name, String value) {
      if (!RequestParser.isToken(name) || SERVER_FIELDS.contains(name.toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException(
            "field '%s': allowed is a token, and not one of %s".formatted(name, SERVER_FIELDS));
      }
      checkText("field " + name, value);
    }

    /** Returns a response without a body. */
    static Answer empty(int status) {
      return new Answer(status, "text/plain;charset=utf-8", "", Map.of());
    }

    /**
     * Returns this answer with one more header field. It replaces a field of the same name, in any
     * case.
     *
     * @param name a token (RFC 9110 §5.6.2)
     * @param value visible ASCII characters and spaces
     * @return the new answer
     * @throws IllegalArgumentException if the name or the value is invalid, or if the server itself
     *     writes the field
     */
    public Answer with(String name, String value) {
      Map<String, String> more = new LinkedHashMap<>(fields);
      more.keySet().removeIf(name::equalsIgnoreCase);
      more.put(name, value);
      return new Answer(status, contentType, body, more);
    }

    byte[] bodyBytes() {
      return body.getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * Gives the client a stream.
   *
   * @param topics names, or filters such as {@code news/*}; at least one
   * @return the decision
   */
  static Stream stream(String... topics) {
    return new Stream(List.of(topics), settings -> {});
  }

  /**
   * Answers with a page or other text, with status 200.
   *
   * @param contentType such as {@code text/html;charset=utf-8}
   * @param body the text, sent as UTF-8
   * @return the decision
   * @throws IllegalArgumentException if the content type has characters other than visible ASCII
   *     and spaces
   */
  static Answer answer(String contentType, String body) {
    return new Answer(200, contentType, body, Map.of());
  }

  /**
   * Refuses the request. The body is one line that names the status.
   *
   * @param status from 400 to 599
   * @return the decision
   * @throws IllegalArgumentException if the status is out of bounds
   */
  static Answer refuse(int status) {
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException(
          "status is %d; allowed is from 400 to 599".formatted(status));
    }
    return ResponseHead.error(status, ResponseHead.reason(status));
  }
}
