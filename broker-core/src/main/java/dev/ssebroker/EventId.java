package dev.ssebroker;

import java.security.SecureRandom;
import java.util.Optional;

/**
 * The name of one event of one broker's life: {@code epoch-sequence}. The epoch tells two lives of
 * a broker apart, so that an id which survived a restart is never taken for a newer event's.
 *
 * <p>All characters are among those that a cross-origin request may carry without a preflight; a
 * colon, for one, is not (Fetch, CORS-unsafe request-header bytes).
 */
record EventId(String epoch, long sequence) {
  private static final int MAX_LENGTH = 64;

  /** Enough bits that two lives never meet. */
  static String newEpoch() {
    return Long.toString(new SecureRandom().nextLong() >>> 12, Character.MAX_RADIX);
  }

  /** Returns nothing for what no broker ever gave out. */
  static Optional<EventId> parse(String text) {
    int dash = text.lastIndexOf('-');
    if (dash < 1 || text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String epoch = text.substring(0, dash);
    String sequence = text.substring(dash + 1);
    if (!epoch.matches("[A-Za-z0-9._~]+") || !sequence.matches("0|[1-9][0-9]{0,17}")) {
      return Optional.empty();
    }
    return Optional.of(new EventId(epoch, Long.parseLong(sequence)));
  }

  @Override
  public String toString() {
    return epoch + "-" + sequence;
  }
}
