package dev.ssebroker;

import static dev.ssebroker.Settings.refusal;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A publisher's event: a type, data, and optional id, key and reconnection time. Immutable.
 *
 * @param type what a browser's {@code addEventListener} selects; {@code onmessage} receives {@value
 *     #MESSAGE}. Not empty, {@code open}, {@code error} or {@value #GAP}; no line breaks, no NUL
 * @param data any text; the client receives each LF, CR or CRLF as LF
 * @param retry how long the client waits before it reconnects, from 0 to {@link #MAX_RETRY}, in
 *     whole milliseconds on the wire; empty for no change
 * @param key what the event is the latest state of, such as a stock's symbol, for {@link
 *     Overflow#LATEST}; at most 255 characters, not sent; empty if later events do not replace it
 * @param id a unique id with which a client resumes after this event: 1 to 64 letters, digits,
 *     dots, underscores, tildes and hyphens; empty for an id of the broker
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

  /** Keys count for none of the bounds on bytes. */
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
   * {@return an event of the given type}
   *
   * @param type the type
   * @param data any text
   * @throws IllegalArgumentException if type or data break their rule
   */
  public static Event of(String type, String data) {
    return new Event(type, data, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * {@return this event with a reconnection time}
   *
   * @param retry from 0 to {@link #MAX_RETRY}
   * @throws IllegalArgumentException if the time is out of bounds
   */
  public Event withRetry(Duration retry) {
    return new Event(type, data, Optional.of(retry), key, id);
  }

  /**
   * {@return this event with a key for {@link Overflow#LATEST}}
   *
   * @param key at most 255 characters
   * @throws IllegalArgumentException if the key is longer, or has an unpaired surrogate
   */
  public Event withKey(String key) {
    return new Event(type, data, retry, Optional.of(key), id);
  }

  /**
   * {@return this event with an id of its publisher} The broker refuses an id that it still has, so
   * a publisher that does not know whether an event was published may publish it again.
   *
   * @param id 1 to 64 letters, digits, dots, underscores, tildes and hyphens
   * @throws IllegalArgumentException if the id is empty, too long, or has other characters
   */
  public Event withId(String id) {
    return new Event(type, data, retry, key, Optional.of(id));
  }

  private static void checkId(String id) {
    if (!id.matches("[A-Za-z0-9._~-]{1,64}")) {
      String start = id.length() > 64 ? id.substring(0, 64) + "…" : id;
      throw refusal("id is '%s'; allowed are 1 to 64 letters, digits and . _ ~ -", start);
    }
  }

  private static void checkKey(String key) {
    if (key.length() > MAX_KEY_LENGTH) {
      throw refusal("key has %d characters; allowed are %d", key.length(), MAX_KEY_LENGTH);
    }
    checkSurrogates("key", key);
  }

  private static void checkType(String type) {
    if (type.isEmpty()) {
      throw refusal("type is empty; leave it out for '%s'", MESSAGE);
    }
    if (type.equals("open") || type.equals("error")) {
      throw refusal("type '%s' is one of EventSource's own events; choose another name", type);
    }
    if (type.equals(GAP)) {
      throw refusal(
          "type '%s' is the broker's own notice of missing events; choose another name", GAP);
    }
    for (int i = 0; i < type.length(); i++) {
      char c = type.charAt(i);
      if (c == '\n' || c == '\r' || c == 0) {
        String what = c == 0 ? "a NUL" : "a line break";
        throw refusal("type has %s at index %d; a type is one line of text", what, i);
      }
    }
    checkSurrogates("type", type);
  }

  private static void checkRetry(Duration retry) {
    if (retry.isNegative() || retry.compareTo(MAX_RETRY) > 0) {
      throw refusal("retry is %s; allowed is from 0 to %s", retry, MAX_RETRY);
    }
  }

  /** Half a surrogate pair has no UTF-8 form; the JDK would silently write a question mark. */
  private static void checkSurrogates(String field, String text) {
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      codePoint = text.codePointAt(i);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        throw refusal(
            "%s has an unpaired surrogate at index %d, which UTF-8 cannot carry", field, i);
      }
    }
  }
}
