package dev.ssebroker.http;

import dev.ssebroker.Broker;
import dev.ssebroker.Subscription;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a request gets: a stream, or an answer. */
public sealed interface Decision {

  /**
   * The event stream of some topics.
   *
   * @param topics names or filters, at least one; the client receives a 400 if the broker refuses
   *     one
   * @param settings changes the client's settings before it is subscribed
   * @param onOpen called once the client is subscribed
   */
  record Stream(
      List<String> topics, Consumer<Subscription.Builder> settings, Consumer<Subscription> onOpen)
      implements Decision {
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
      return new Stream(topics, settings, onOpen);
    }

    /**
     * Returns this stream with an action that begins once the client is subscribed, such as the
     * work whose progress the client wants to see. The client receives what is published from then
     * on, and {@link Subscription#close()} ends its stream after that.
     *
     * <p>Called on the connection's thread, and not at all if the client gets no stream. While the
     * action runs, the server does not notice that the client disconnects, so start a thread for
     * longer work. If it throws, the stream ends and the log has a warning.
     *
     * @param onOpen receives the client
     * @return the decision
     */
    public Stream onOpen(Consumer<Subscription> onOpen) {
      return new Stream(topics, settings, onOpen);
    }

    /** Returns this stream with the topics that were granted. */
    Stream granted(List<String> topics) {
      return new Stream(topics, settings, onOpen);
    }

    /** Calls the action. If it fails, the stream ends. */
    void opened(Request request, Subscription client) {
      try {
        onOpen.accept(client);
      } catch (RuntimeException e) {
        Dispatcher.failure("stream's action", request, e);
        client.close();
      }
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

  /** One response. Immutable. */
  final class Answer implements Decision {
    private static final Set<String> SERVER_FIELDS =
        Set.of(
            "connection", "content-length", "content-type", "date", "trailer", "transfer-encoding");

    /** RFC 9110 §15.3.5, §15.3.6 and §15.4.5. */
    private static final Set<Integer> STATUSES_WITHOUT_BODY = Set.of(204, 205, 304);

    private final int status;
    private final String contentType;
    private final byte[] body;
    private final Headers headers;

    private Answer(int status, String contentType, byte[] body, Headers headers) {
      if (status < 200 || status > 599) {
        throw new IllegalArgumentException(
            "status is %d; allowed is from 200 to 599".formatted(status));
      }
      checkText("contentType", contentType);
      if (STATUSES_WITHOUT_BODY.contains(status) && body.length > 0) {
        throw new IllegalArgumentException("body: allowed is none for a status of " + status);
      }
      this.status = status;
      this.contentType = contentType;
      this.body = body;
      this.headers = headers;
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

    /**
     * Returns this answer with another status.
     *
     * @param status from 200 to 599
     * @return the new answer
     * @throws IllegalArgumentException if the status is out of bounds, or if it is 204, 205 or 304
     *     and the answer has a body
     */
    public Answer withStatus(int status) {
      return new Answer(status, contentType, body, headers);
    }

    /**
     * Returns this answer with a header field, which replaces those of the same name, in any case.
     *
     * @param name a token (RFC 9110 §5.6.2)
     * @param value visible ASCII characters and spaces
     * @return the new answer
     * @throws IllegalArgumentException if the name or the value is invalid, or if the server itself
     *     writes the field
     */
    public Answer with(String name, String value) {
      checkField(name, value);
      return new Answer(status, contentType, body, headers.without(name).and(name, value));
    }

    /**
     * Returns this answer with one more header field, after those of the same name. A client reads
     * most fields as if the values were one list; {@code Set-Cookie} needs a field for each value
     * (RFC 9110 §5.3).
     *
     * @param name a token (RFC 9110 §5.6.2)
     * @param value visible ASCII characters and spaces
     * @return the new answer
     * @throws IllegalArgumentException if the name or the value is invalid, or if the server itself
     *     writes the field
     */
    public Answer withAdded(String name, String value) {
      checkField(name, value);
      return new Answer(status, contentType, body, headers.and(name, value));
    }

    /** {@return the status, from 200 to 599} */
    public int status() {
      return status;
    }

    /** {@return the media type of the body} */
    public String contentType() {
      return contentType;
    }

    /** {@return a copy of the body; empty if there is none} */
    public byte[] body() {
      return body.clone();
    }

    /** {@return the body, read as UTF-8} */
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    /**
     * {@return the fields of this answer, without those that the server writes, in the order in
     * which they are sent}
     */
    public Headers headers() {
      return headers;
    }

    /** Returns the body itself, which must not be changed. */
    byte[] bodyBytes() {
      return body;
    }

    /** Two answers are equal if all their parts are; fields in the same order and case. */
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Answer answer
          && status == answer.status
          && contentType.equals(answer.contentType)
          && Arrays.equals(body, answer.body)
          && headers.equals(answer.headers);
    }

    @Override
    public int hashCode() {
      return Objects.hash(status, contentType, Arrays.hashCode(body), headers);
    }

    /** Returns the status, the content type and the length, but no content, which may be secret. */
    @Override
    public String toString() {
      return "Answer[%d, %s, %d bytes]".formatted(status, contentType, body.length);
    }
  }

  /**
   * Gives the client a stream.
   *
   * @param topics names, or filters such as {@code news/*}; at least one
   * @return the decision
   */
  static Stream stream(String... topics) {
    return new Stream(List.of(topics), settings -> {}, client -> {});
  }

  /**
   * Answers with a page or other text, with status 200.
   *
   * @param contentType such as {@code text/html;charset=utf-8}
   * @param text the body, sent as UTF-8
   * @return the decision
   * @throws IllegalArgumentException if the content type has characters other than visible ASCII
   *     and spaces
   */
  static Answer answer(String contentType, String text) {
    return new Answer(200, contentType, text.getBytes(StandardCharsets.UTF_8), Headers.NONE);
  }

  /**
   * Answers with bytes, with status 200.
   *
   * @param contentType such as {@code image/png}
   * @param body is copied
   * @return the decision
   * @throws IllegalArgumentException if the content type has characters other than visible ASCII
   *     and spaces
   */
  static Answer answer(String contentType, byte[] body) {
    return new Answer(200, contentType, body.clone(), Headers.NONE);
  }

  /**
   * Answers without a body.
   *
   * @param status from 200 to 599, such as 204
   * @return the decision
   * @throws IllegalArgumentException if the status is out of bounds
   */
  static Answer answer(int status) {
    return answer("text/plain;charset=utf-8", "").withStatus(status);
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
