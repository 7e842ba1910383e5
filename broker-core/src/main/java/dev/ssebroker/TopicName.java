package dev.ssebroker;

/** The rule for topic names: segments of visible characters, with single slashes between them. */
final class TopicName {
  static final int MAX_LENGTH = 255;

  private TopicName() {}

  /** Returns the name, or throws an IllegalArgumentException that says what is wrong with it. */
  static String check(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("topic is empty");
    }
    if (name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "topic has %d characters; allowed are %d".formatted(name.length(), MAX_LENGTH));
    }
    char before = '/';
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '/' && before == '/') {
        throw new IllegalArgumentException(
            "topic '%s' has an empty segment at index %d".formatted(name, i));
      }
      if (c <= ' ' || c == 0x7f || c == '*') {
        throw new IllegalArgumentException(
            "topic has the character U+%04X at index %d; spaces, controls and '*' are not allowed"
                .formatted((int) c, i));
      }
      before = c;
    }
    if (before == '/') {
      throw new IllegalArgumentException("topic '%s' ends with a slash".formatted(name));
    }
    return name;
  }
}
