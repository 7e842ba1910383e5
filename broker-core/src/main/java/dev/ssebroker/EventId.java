package dev.ssebroker;

import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The position of an event in a history or log: {@code epoch-sequence}. A restart begins a new
 * epoch, so an older id never matches a newer event. A cross-origin request may carry all
 * characters of an id without a preflight (Fetch, CORS-unsafe request-header bytes).
 *
 * @param epoch letters, digits, dots, underscores and tildes, at least one
 * @param sequence the position in the epoch, from 1 without holes; 0 is before the first event
 */
public record EventId(String epoch, long sequence) {
  private static final int MAX_LENGTH = 64;
  private static final Pattern EPOCH = Pattern.compile("[A-Za-z0-9._~]+");
  private static final Pattern ID = Pattern.compile("([A-Za-z0-9._~]+)-(0|[1-9][0-9]{0,17})");

  /**
   * Checks both fields.
   *
   * @throws IllegalArgumentException if the epoch breaks its rule, or the sequence is negative
   */
  public EventId {
    if (!EPOCH.matcher(epoch).matches()) {
      throw Settings.refusal(
          "epoch is '%s'; allowed are letters, digits and . _ ~, at least one", epoch);
    }
    if (sequence < 0) {
      throw Settings.refusal("sequence is %d; allowed is 0 or more", sequence);
    }
  }

  /** Has enough random bits to be unique. */
  static String newEpoch() {
    return Long.toString(new SecureRandom().nextLong() >>> 12, Character.MAX_RADIX);
  }

  /**
   * {@return the id that {@link #toString} wrote; empty if the text is not an id}
   *
   * @param text any text, such as a client's last event id
   */
  public static Optional<EventId> parse(String text) {
    Matcher id = ID.matcher(text);
    return text.length() <= MAX_LENGTH && id.matches()
        ? Optional.of(new EventId(id.group(1), Long.parseLong(id.group(2))))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return epoch + "-" + sequence;
  }
}
