package dev.ssebroker.demo;

import java.util.regex.Pattern;

/** Reads topics' names that a user may give. */
final class Topic {
  private static final int MAX_LENGTH = 255;
  private static final Pattern NAME =
      Pattern.compile("[^\\p{Cc}\\p{Z}\\p{Cs}*/]+(/[^\\p{Cc}\\p{Z}\\p{Cs}*/]+)*");

  private Topic() {}

  /**
   * Reads a name, which the broker takes and which can stand in a path.
   *
   * @throws IllegalArgumentException if it is none; the message names the text and what is allowed
   */
  static String read(String text) {
    if (text.length() > MAX_LENGTH
        || !NAME.matcher(text).matches()
        || ("/" + text + "/").matches(".*/\\.\\.?/.*")) {
      throw new IllegalArgumentException(
          ("'%s' is not a topic; write a name such as news or news/sport: visible characters"
                  + " without '*', at most %d, no segment '.' or '..'")
              .formatted(text, MAX_LENGTH));
    }
    return text;
  }
}
