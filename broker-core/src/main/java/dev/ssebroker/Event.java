package dev.ssebroker;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What a publisher says: a type, data, and optionally an id, a key and a new reconnection time for
 * the client.
 *
 * <p>An event that exists can be framed: whatever could break the framing of the stream is refused
 * here. Immutable.
 *
 * @param type what {@code addEventListener} is called with in a browser; {@value #MESSAGE} is what
 *     {@code onmessage} receives. Not empty, no line break, no NUL; not {@code open} or {@code
 *     error}, which name an EventSource's own events
 * @param data any text, the empty one included. A line break may be LF, CR or CRLF; the stream has
 *     no way to tell them apart, so the client receives each as LF
 * @param retry how long the client waits before it reconnects, from 0 to {@link #MAX_RETRY}, in
 *     whole milliseconds on the wire; empty leaves the client's setting alone
 * @param key what the event is the latest state of, such as a stock's symbol, for {@link
 *     Overflow#LATEST}; clients do not receive it. It has at most 255 characters. Empty if later
 *     events do not make this one obsolete
 * @param id the id with which a client resumes after this event, unique among all events: 1 to 64
 *     letters, digits, dots, underscores, tildes and hyphens, which every client can send back.
 *     Empty for one that the broker makes
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
   * Refuses what cannot be framed.
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
   * Makes an event of type {@value #MESSAGE}.
   *
   * @param data any text
   * @return the event
   * @throws IllegalArgumentException if the data has an unpaired surrogate
   */
  public static Event of(String data) {
    return new Event(MESSAGE, data, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * Makes an event of a named type.
   *
   * @param type the type
   * @param data any text
   * @return the event
   * @throws IllegalArgumentException if type or data break their rule
   */
  public static Event of(String type, String data) {
    return new Event(type, data, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * Returns this event with a reconnection time for the clients that receive it.
   *
   * @param retry from 0 to {@link #MAX_RETRY}
   * @return the event
   * @throws IllegalArgumentException if the time is out of bounds
   */
  public Event withRetry(Duration retry) {
    return new Event(type, data, Optional.of(retry), key, id);
  }

  /**
   * Returns this event as the latest state of something: for a client under {@link Overflow#LATEST}
   * it takes the place of an older event of the same topic and key that is still queued.
   *
   * @param key names what changes, such as a stock's symbol, in at most 255 characters
   * @return the event
   * @throws IllegalArgumentException if the key is longer, or has an unpaired surrogate
   */
  public Event withKey(String key) {
    return new Event(type, data, retry, Optional.of(key), id);
  }

  /**
   * Returns this event with an id of the publisher's own, such as a key in its database. The broker
   * refuses an id that it still remembers, so a publisher that is not sure whether an event was
   * published may publish it again.
   *
   * @param id 1 to 64 letters, digits, dots, underscores, tildes and hyphens
   * @return the event
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
