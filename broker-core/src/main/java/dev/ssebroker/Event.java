package dev.ssebroker;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A publisher's event: a type, data, and optionally an id, a key and a reconnection time.
 * Immutable.
 *
 * @param type the type for which a browser's {@code addEventListener} is called; {@value #MESSAGE}
 *     is what {@code onmessage} receives. Not empty, without line breaks and NUL; not {@code open},
 *     {@code error} or {@value #GAP}
 * @param data any text. A line break is LF, CR or CRLF; the client receives each as LF
 * @param retry how long the client waits before it reconnects, from 0 to {@link #MAX_RETRY}, in
 *     whole milliseconds on the wire; empty for no change
 * @param key what the event is the latest state of, such as a stock's symbol, for {@link
 *     Overflow#LATEST}; at most 255 characters. Clients do not receive it. Empty if later events do
 *     not make this one obsolete
 * @param id the id with which a client resumes after this event, unique among all events: 1 to 64
 *     letters, digits, dots, underscores, tildes and hyphens. Empty for an id of the broker
 * @see <a
 *     href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream">HTML
 *     §9.2.5, Parsing an event stream</a>
 */
public record Event(
    String type, String data, Optional<Duration> retry, Optional<String> key, Optional<String> id) {

  /** The type of an event that names none. */
  public static final String MESSAGE = "message";

  /** The type of the notice that events are missing; no other event has it. */
  public static final String GAP = "gap";

  /** The longest reconnection time a client can be given: one hour. */
  public static final Duration MAX_RETRY = Duration.ofHours(1);

  /** A key is kept as long as its event, but counts for none of the bounds on bytes. */
  private static final int MAX_KEY_LENGTH = 255;

  /**
   * Checks all fields.
   *
   * @throws IllegalArgumentException if a field breaks its rule; the message names the field
   */
  public Event {
    Objects.requireNonNull(retry, "retry");
    key.ifPresent(Event::checkKey);
    id.ifPresent(Event::checkId);
    checkType(type);
    checkSurrogates("data", data);
    retry.ifPresent(Event::checkRetry);
  }

  /**
   * {@return an event of type {@value #MESSAGE}}
   *
   * @param data any text
   * @throws IllegalArgumentException if the data has an unpaired surrogate
   */
  public static Event of(String data) {
    return new Event(MESSAGE, data, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * {@return an event of a named type}
   *
   * @param type the type
   * @param data any text
   * @throws IllegalArgumentException if type or data break their rule
   */
  public static Event of(String type, String data) {
    return new Event(type, data, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * {@return this event with a reconnection time for the clients that receive it}
   *
   * @param retry from 0 to {@link #MAX_RETRY}
   * @throws IllegalArgumentException if the time is out of bounds
   */
  public Event withRetry(Duration retry) {
    return new Event(type, data, Optional.of(retry), key, id);
  }

  /**
   * {@return this event with a key} For a client under {@link Overflow#LATEST} it replaces an older
   * queued event of the same topic and key.
   *
   * @param key at most 255 characters
   * @throws IllegalArgumentException if the key is longer, or has an unpaired surrogate
   */
  public Event withKey(String key) {
    return new Event(type, data, retry, Optional.of(key), id);
  }

  /**
   * {@return this event with an id of its publisher} The broker refuses an id that it still has, so
   * a publisher may publish again if it does not know whether the event was published.
   *
   * @param id 1 to 64 letters, digits, dots, underscores, tildes and hyphens
   * @throws IllegalArgumentException if the id is empty, too long, or has other characters
   */
  public Event withId(String id) {
    return new Event(type, data, retry, key, Optional.of(id));
  }

  private static void checkId(String id) {
    if (!id.matches("[A-Za-z0-9._~-]{1,64}")) {
      throw new IllegalArgumentException(
          "id is '%s'; allowed are 1 to 64 letters, digits and . _ ~ -"
              .formatted(id.length() > 64 ? id.substring(0, 64) + "…" : id));
    }
  }

  private static void checkKey(String key) {
    if (key.length() > MAX_KEY_LENGTH) {
      throw new IllegalArgumentException(
          "key has %d characters; allowed are %d".formatted(key.length(), MAX_KEY_LENGTH));
    }
    checkSurrogates("key", key);
  }

  private static void checkType(String type) {
    if (type.isEmpty()) {
      throw new IllegalArgumentException("type is empty; leave it out for '" + MESSAGE + "'");
    }
    if (type.equals("open") || type.equals("error")) {
      throw new IllegalArgumentException(
          "type '" + type + "' is one of EventSource's own events; choose another name");
    }
    if (type.equals(GAP)) {
      throw new IllegalArgumentException(
          "type '" + GAP + "' is the broker's own notice of missing events; choose another name");
    }
    for (int i = 0; i < type.length(); i++) {
      char c = type.charAt(i);
      if (c == '\n' || c == '\r' || c == 0) {
        throw new IllegalArgumentException(
            "type has %s at index %d; a type is one line of text"
                .formatted(c == 0 ? "a NUL" : "a line break", i));
      }
    }
    checkSurrogates("type", type);
  }

  private static void checkRetry(Duration retry) {
    if (retry.isNegative() || retry.compareTo(MAX_RETRY) > 0) {
      throw new IllegalArgumentException(
          "retry is %s; allowed is from 0 to %s".formatted(retry, MAX_RETRY));
    }
  }

  /** Half a surrogate pair has no UTF-8 form; the JDK would silently write a question mark. */
  private static void checkSurrogates(String field, String text) {
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      codePoint = text.codePointAt(i);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        throw new IllegalArgumentException(
            "%s has an unpaired surrogate at index %d, which UTF-8 cannot carry"
                .formatted(field, i));
      }
    }
  }
}
