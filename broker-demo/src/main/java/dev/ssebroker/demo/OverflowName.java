package dev.ssebroker.demo;

import dev.ssebroker.Overflow;
import java.time.Duration;

/** Parses the names of the overflow policies. */
final class OverflowName {
  private static final DurationRange PATIENCE =
      new DurationRange(Duration.ofMillis(1), Overflow.MAX_PATIENCE);

  private OverflowName() {}

  /**
   * Parses a name. {@code await} is followed by its patience: {@code await=250ms}.
   *
   * @throws IllegalArgumentException if the text is not a policy; the message contains the text and
   *     what is allowed
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
