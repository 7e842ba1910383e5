package dev.ssebroker;

import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one event in one life of a log: {@code epoch-sequence}. The epoch tells two lives
 * apart, so that an id which survived a restart is never taken for a newer event's.
 *
 * <p>All characters are among those that a cross-origin request may carry without a preflight; a
 * colon, for one, is not (Fetch, CORS-unsafe request-header bytes).
 *
 * @param epoch the life: letters, digits, dots, underscores and tildes, at least one
 * @param sequence the event's place in that life, from 1 without holes; 0 is the place before the
 *     first
 */
public record EventId(String epoch, long sequence) {
  private static final int MAX_LENGTH = 64;
  private static final Pattern EPOCH = Pattern.compile("[A-Za-z0-9._~]+");
  private static final Pattern ID = Pattern.compile("([A-Za-z0-9._~]+)-(0|[1-9][0-9]{0,17})");

  /**
   * Refuses what could not be read back.
   *
   * @throws IllegalArgumentException if the epoch is empty or has other characters, or the sequence
   *     is negative
   */
  public EventId {
    if (!EPOCH.matcher(epoch).matches()) {
      throw new IllegalArgumentException(
          "epoch is '%s'; allowed are letters, digits and . _ ~, at least one".formatted(epoch));
    }
    if (sequence < 0) {
      throw new IllegalArgumentException(
          "sequence is %d; allowed is 0 or more".formatted(sequence));
    }
  }

  /** Enough bits that two lives never meet. */
  static String newEpoch() {
    return Long.toString(new SecureRandom().nextLong() >>> 12, Character.MAX_RADIX);
  }

  /**
   * Reads an id as {@link #toString} writes it.
   *
   * @param text any text, such as a client's last event id
   * @return the id; empty for what no log ever gave out
   */
  public static Optional<EventId> parse(String text) {
    Matcher id = ID.matcher(text);
    return text.length() <= MAX_LENGTH && id.matches()
        ? Optional.of(new EventId(id.group(1), Long.parseLong(id.group(2))))
        : Optional.empty();
  }

  /** {@return {@code epoch-sequence}} */
  @Override
  public String toString() {
    return epoch + "-" + sequence;
  }
}
