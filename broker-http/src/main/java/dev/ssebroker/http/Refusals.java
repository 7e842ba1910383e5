package dev.ssebroker.http;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the server refuses, by reason. Thread-safe. */
final class Refusals {
  /** Why a request or a connection was refused. */
  enum Reason {
    /** The server has all its streams or connections. */
    FULL,
    /** The client's address has all its streams or connections. */
    ADDRESS,
    /** The server or the broker is closing. */
    DRAINING,
    /** A status of 401. */
    UNAUTHORIZED,
    /** A status of 403. */
    FORBIDDEN,
    /** A status of 404. */
    NOT_FOUND,
    /** A status of 413, 414 or 431. */
    TOO_LARGE,
    /** A status of 408. */
    TIMEOUT,
    /** Any other status from 400 to 499. */
    BAD_REQUEST;

    /** Returns the reason for an answer with this status, from 400 to 499. */
    private static Reason of(int status) {
      return switch (status) {
        case 401 -> UNAUTHORIZED;
        case 403 -> FORBIDDEN;
        case 404 -> NOT_FOUND;
        case 408 -> TIMEOUT;
        case 413, 414, 431 -> TOO_LARGE;
        default -> BAD_REQUEST;
      };
    }
  }

  private final Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);

  Refusals() {
    for (Reason reason : Reason.values()) {
      counts.put(reason, new LongAdder());
    }
  }

  private LongAdder counter(Reason reason) {
    return Objects.requireNonNull(counts.get(reason));
  }

  void add(Reason reason) {
    counter(reason).increment();
  }

  /** Counts the answer if it is the client that must change something. Returns the answer. */
  Decision.Answer addAnswer(Decision.Answer answer) {
    if (answer.status() >= 400 && answer.status() < 500) {
      add(Reason.of(answer.status()));
    }
    return answer;
  }

  /**
   * Counts a refusal because of the server's limits.
   *
   * @param status 429 for the limits of an address
   */
  void addLimit(int status, boolean draining) {
    add(draining ? Reason.DRAINING : status == 429 ? Reason.ADDRESS : Reason.FULL);
  }

  long count(Reason reason) {
    return counter(reason).sum();
  }
}
