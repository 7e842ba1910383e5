package dev.ssebroker.demo;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The last event id of a stream (HTML §9.2.6) that OkHttp's parser reads, from one connection to
 * the next. Not thread-safe.
 */
final class LastEventId {
  /*
   * The parser begins each connection without an id, and gives an event that has none of its own the
   * id of the event before. So null behind an id is an empty field, by which a server takes the id
   * back, and the same id twice is one that the second event does not have.
   */

  /** A longer id is not sent back: no server would read it. */
  private static final int MAX_SENT = 1024;

  /** Empty if there is none. */
  private String last;

  /** The last one that can be sent; empty if there is none. */
  private String sendable;

  /** What came with the event before; null if none has come on this connection. */
  private @Nullable String previous;

  /**
   * Begins a stream.
   *
   * @param last what to begin behind; empty to begin with what is new
   */
  LastEventId(String last) {
    this.last = last;
    this.sendable = last;
  }

  /** Begins a connection. */
  void connect() {
    previous = null;
  }

  /**
   * Notes what the parser gives with an event.
   *
   * @param given null if there is no id
   * @return the id that stands with this event; empty if none does, or it can be sent nowhere
   */
  Optional<String> take(@Nullable String given) {
    boolean isOwn = given != null && !given.equals(previous);
    if (given != null) {
      last = given;
      sendable = isSendable(given) ? given : sendable;
    } else if (previous != null) {
      last = "";
      sendable = "";
    }
    previous = given;
    return Optional.ofNullable(given).filter(id -> isOwn && isSendable(id));
  }

  /** Neither too long nor with characters that a header field cannot have (RFC 9110 §5.5). */
  private static boolean isSendable(String id) {
    return id.length() <= MAX_SENT && id.chars().noneMatch(Character::isISOControl);
  }

  /** The stream's last id, be it one that cannot be sent. */
  Optional<String> last() {
    return nonEmpty(last);
  }

  /** What to send as {@code Last-Event-ID}. */
  Optional<String> toSend() {
    return nonEmpty(sendable);
  }

  private static Optional<String> nonEmpty(String id) {
    return id.isEmpty() ? Optional.empty() : Optional.of(id);
  }
}
