package dev.ssebroker.json;

import java.util.Random;

/**
 * Writes each JSON value in two forms: with random white space and escapes, and in the compact form
 * that has only the required escapes. Not thread-safe.
 */
final class JsonText {
  private static final String[] SPACES = {"", "", "", " ", "\t", "\r", "  "};
  private static final String SHORT_ESCAPES = "\"\"\\\\//b\bf\fn\nr\rt\t";

  private final Random random;
  final StringBuilder loose = new StringBuilder();
  final StringBuilder compact = new StringBuilder();

  JsonText(Random random) {
    this.random = random;
  }

  /** Writes a structural character or a literal. */
  JsonText token(String text) {
    space().append(text);
    compact.append(text);
    space();
    return this;
  }

  /** Writes a string. */
  JsonText string(String text) {
    space().append('"');
    compact.append('"');
    boolean escapes = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean must = c < ' ' || c == '"' || c == '\\';
      // UTF-8 cannot encode half of a surrogate pair, so both halves are escaped or none.
      escapes = Character.isLowSurrogate(c) ? escapes : random.nextInt(8) == 0;
      compact.append(must ? escape(c, false) : c);
      loose.append(must || escapes ? escape(c, random.nextBoolean()) : c);
    }
    loose.append('"');
    compact.append('"');
    space();
    return this;
  }

  private static String escape(char c, boolean longForm) {
    int at = SHORT_ESCAPES.indexOf(c, 1);
    while (at >= 0 && at % 2 == 0) {
      at = SHORT_ESCAPES.indexOf(c, at + 1);
    }
    return at < 0 || longForm ? "\\u%04X".formatted((int) c) : "\\" + SHORT_ESCAPES.charAt(at - 1);
  }

  private StringBuilder space() {
    return loose.append(SPACES[random.nextInt(SPACES.length)]);
  }
}
