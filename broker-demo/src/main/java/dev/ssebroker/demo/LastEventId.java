package dev.ssebroker.demo;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tracks the last event id (HTML §9.2.6) of a stream that OkHttp's parser reads, across reconnects.
 * Not thread-safe.
 */
final class LastEventId {
  /*
   * What the parser reports. It starts each connection without an id. For an event that has no id of its
   * own it repeats the id of the previous event. Hence:
   *
   *  - null after an id means an empty id field, by which the server resets the last event id;
   *  - the same id twice in a row means that the second event has no id of its own.
   */

  /** A longer id is not sent, since servers refuse request heads that long. */
  private static final int MAX_SENT = 1024;

  /** The last event id; empty if there is none. */
  private String last;

  /** The last id that can be sent; empty if there is none. */
  private String sendable;

  /** The id of the previous event of this connection; null if there is none. */
  private @Nullable String previous;

  /**
   * Creates the tracker of one stream.
   *
   * @param last the id after which the stream starts; empty for new events only
   */
  LastEventId(String last) {
    this.last = last;
    this.sendable = last;
  }

  /** Starts a new connection. */
  void connect() {
    previous = null;
  }

  /**
   * Records the id that the parser reports for an event.
   *
   * @param id the reported id, or null
   * @return the event's own id; empty if it has none, or one that cannot be sent
   */
  Optional<String> update(@Nullable String id) {
    boolean isOwn = id != null && !id.equals(previous);
    if (id != null) {
      last = id;
      sendable = isSendable(id) ? id : sendable;
    } else if (previous != null) {
      last = "";
      sendable = "";
    }
    previous = id;
    return Optional.ofNullable(id).filter(own -> isOwn && isSendable(own));
  }

  /** Returns whether the id is short enough and valid as a field value (RFC 9110 §5.5). */
  private static boolean isSendable(String id) {
    return id.length() <= MAX_SENT && id.chars().noneMatch(Character::isISOControl);
  }

  /** Returns the last event id, even one that cannot be sent. */
  Optional<String> last() {
    return nonEmpty(last);
  }

  /** Returns the id to send as {@code Last-Event-ID}. */
  Optional<String> toSend() {
    return nonEmpty(sendable);
  }

  private static Optional<String> nonEmpty(String id) {
    return id.isEmpty() ? Optional.empty() : Optional.of(id);
  }
}
