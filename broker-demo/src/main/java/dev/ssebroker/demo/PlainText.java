package dev.ssebroker.demo;

/** Escapes text for a terminal. */
final class PlainText {
  private PlainText() {}

  /** Returns the text with all control characters but tabs escaped as in JSON. */
  static String of(String text) {
    if (text.chars().noneMatch(PlainText::isControl)) {
      return text;
    }
    StringBuilder plain = new StringBuilder(text.length() + 16);
    text.chars()
        .forEach(c -> {
          if (isControl(c)) {
            plain.append("\\u%04x".formatted(c));
          } else {
            plain.append((char) c);
          }
        });
    return plain.toString();
  }

  private static boolean isControl(int c) {
    return Character.isISOControl(c) && c != '\t';
  }
}
