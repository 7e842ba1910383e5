package dev.ssebroker.demo;

/** Makes text harmless to a terminal. */
final class Plain {
  private Plain() {}

  /** Returns the text with each control character but tabs as its number, as in JSON. */
  static String text(String text) {
    if (text.chars().noneMatch(Plain::isControl)) {
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
