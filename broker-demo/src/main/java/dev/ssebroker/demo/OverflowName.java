package dev.ssebroker.demo;

import dev.ssebroker.Overflow;
import java.time.Duration;

/** Reads the policies for full queues that a user may name. */
final class OverflowName {
  private static final Span PATIENCE = new Span(Duration.ofMillis(1), Overflow.MAX_PATIENCE);

  private OverflowName() {}

  /**
   * Reads a name; {@code await} has a time behind it.
   *
   * @throws IllegalArgumentException if it is none; the message names the text and what is allowed
   */
  static Overflow read(String text) {
    return switch (text) {
      case "replay" -> Overflow.REPLAY;
      case "drop-oldest" -> Overflow.DROP_OLDEST;
      case "drop-newest" -> Overflow.DROP_NEWEST;
      case "latest" -> Overflow.LATEST;
      case "disconnect" -> Overflow.DISCONNECT;
      default -> {
        if (text.startsWith("await=")) {
          yield Overflow.await(PATIENCE.read(text.substring("await=".length())));
        }
        throw new IllegalArgumentException(
            ("'%s' is not a policy; allowed are replay, drop-oldest, drop-newest, latest,"
                    + " disconnect and await=250ms (%s)")
                .formatted(text, PATIENCE));
      }
    };
  }
}
