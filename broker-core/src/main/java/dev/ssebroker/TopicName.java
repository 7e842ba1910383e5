package dev.ssebroker;

import static dev.ssebroker.Settings.refusal;

import java.util.Arrays;
import java.util.List;

/** The rule for topic names: segments of visible characters, with single slashes between them. */
final class TopicName {
  static final int MAX_LENGTH = 255;

  private TopicName() {}

  /** Returns the name, or throws an IllegalArgumentException. */
  static String check(String name) {
    check("topic", name);
    int star = name.indexOf('*');
    if (star >= 0) {
      throw refusal("topic '%s' has a '*' at index %d; that is for subscriptions only", name, star);
    }
    return name;
  }

  static List<String> segments(String name) {
    return Arrays.asList(name.split("/", -1));
  }

  /** Checks a name that may have stars. */
  static void check(String what, String name) {
    if (name.isEmpty()) {
      throw refusal("%s is empty", what);
    }
    if (name.length() > MAX_LENGTH) {
      throw refusal("%s has %d characters; allowed are %d", what, name.length(), MAX_LENGTH);
    }
    int before = '/';
    int c;
    for (int i = 0; i < name.length(); i += Character.charCount(c)) {
      c = name.codePointAt(i);
      if (c == '/' && before == '/') {
        throw refusal("%s '%s' has an empty segment at index %d", what, name, i);
      }
      if (!isVisible(c)) {
        throw refusal(
            "%s has the character U+%04X at index %d; spaces and controls are not allowed",
            what, c, i);
      }
      before = c;
    }
    if (before == '/') {
      throw refusal("%s '%s' ends with a slash", what, name);
    }
  }

  private static boolean isVisible(int c) {
    return !Character.isISOControl(c)
        && !Character.isSpaceChar(c)
        && Character.getType(c) != Character.SURROGATE;
  }
}
