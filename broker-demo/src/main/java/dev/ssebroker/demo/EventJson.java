package dev.ssebroker.demo;

import java.time.temporal.ChronoUnit;

/** Formats events as JSON (RFC 8259), one line each. */
final class EventJson {
  private EventJson() {}

  static String line(ReceivedEvent event) {
    return "{\"time\":\"%s\",\"id\":%s,\"type\":%s,\"data\":%s}"
        .formatted(
            event.time().truncatedTo(ChronoUnit.MILLIS),
            event.id().map(EventJson::quote).orElse("null"),
            quote(event.type()),
            quote(event.data()));
  }

  /** Returns a JSON string. An unpaired surrogate is escaped, since UTF-8 cannot encode it. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 16).append('"');
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      codePoint = text.codePointAt(i);
      switch (codePoint) {
        case '"', '\\' -> quoted.append('\\').append((char) codePoint);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (isPlain(codePoint)) {
            quoted.appendCodePoint(codePoint);
          } else {
            quoted.append("\\u%04x".formatted(codePoint));
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** Escapes line separators too, since some readers end a line there. */
  private static boolean isPlain(int codePoint) {
    return !Character.isISOControl(codePoint)
        && codePoint != 0x2028
        && codePoint != 0x2029
        && (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE);
  }
}
