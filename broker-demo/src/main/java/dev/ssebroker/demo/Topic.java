package dev.ssebroker.demo;

import java.util.regex.Pattern;

/** Parses the names of topics. */
final class Topic {
  private static final int MAX_LENGTH = 255;
  private static final Pattern NAME =
      Pattern.compile("[^\\p{Cc}\\p{Z}\\p{Cs}*/]+(/[^\\p{Cc}\\p{Z}\\p{Cs}*/]+)*");

  private Topic() {}

  /**
   * Parses a name that is valid for the broker and in the path of a URL.
   *
   * @throws IllegalArgumentException if the text is not such a name; the message contains the text
   *     and what is allowed
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
