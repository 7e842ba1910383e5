package dev.ssebroker;

import java.util.ArrayList;
import java.util.List;

/** The rule for topic names: segments of visible characters, with single slashes between them. */
final class TopicName {
  static final int MAX_LENGTH = 255;

  private TopicName() {}

  /** Returns the name, or throws an IllegalArgumentException that says what is wrong with it. */
  static String check(String name) {
    check("topic", name);
    int star = name.indexOf('*');
    if (star >= 0) {
      throw new IllegalArgumentException(
          "topic '%s' has a '*' at index %d; that is for subscriptions only".formatted(name, star));
    }
    return name;
  }

  /** Returns the segments of a name that may have stars. */
  static List<String> split(String what, String name) {
    check(what, name);
    return segments(name);
  }

  /** Returns the segments of a valid name. */
  static List<String> segments(String name) {
    List<String> segments = new ArrayList<>();
    int start = 0;
    int slash = name.indexOf('/');
    while (slash >= 0) {
      segments.add(name.substring(start, slash));
      start = slash + 1;
      slash = name.indexOf('/', start);
    }
    segments.add(name.substring(start));
    return segments;
  }

  private static void check(String what, String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException(what + " is empty");
    }
    if (name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "%s has %d characters; allowed are %d".formatted(what, name.length(), MAX_LENGTH));
    }
    char before = '/';
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '/' && before == '/') {
        throw new IllegalArgumentException(
            "%s '%s' has an empty segment at index %d".formatted(what, name, i));
      }
      if (!isVisible(name, i)) {
        throw new IllegalArgumentException(
            "%s has the character U+%04X at index %d; spaces and controls are not allowed"
                .formatted(what, (int) c, i));
      }
      before = c;
    }
    if (before == '/') {
      throw new IllegalArgumentException("%s '%s' ends with a slash".formatted(what, name));
    }
  }

  private static boolean isVisible(String name, int index) {
    char c = name.charAt(index);
    if (Character.isHighSurrogate(c)) {
      return Character.isSupplementaryCodePoint(name.codePointAt(index));
    }
    if (Character.isLowSurrogate(c)) {
      return index > 0 && Character.isHighSurrogate(name.charAt(index - 1));
    }
    return !Character.isISOControl(c) && !Character.isSpaceChar(c);
  }
}
