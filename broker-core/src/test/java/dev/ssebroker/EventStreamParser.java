package dev.ssebroker;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a browser makes of a finished stream, written from HTML §9.2.5 and §9.2.6 and from nothing
 * else. Stricter in one thing: bytes that are not UTF-8 are an error and not a replacement
 * character.
 */
final class EventStreamParser {
  record Dispatched(String type, String data, String lastEventId) {}

  private final List<Dispatched> events = new ArrayList<>();
  private final List<String> comments = new ArrayList<>();
  private final StringBuilder data = new StringBuilder();
  private String type = "";
  private String lastEventId = "";
  private String reconnectionTime = "";

  static EventStreamParser parse(byte[] stream) throws CharacterCodingException {
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(stream)).toString();
    EventStreamParser parser = new EventStreamParser();
    parser.lines(text.startsWith("\uFEFF") ? text.substring(1) : text);
    return parser;
  }

  /** The events in their order. */
  List<Dispatched> events() {
    return events;
  }

  /** The comments' texts. */
  List<String> comments() {
    return comments;
  }

  /** The last valid reconnection time, or nothing. */
  String reconnectionTime() {
    return reconnectionTime;
  }

  /** §9.2.5: a line ends with CRLF, LF or CR; what stands behind the last end is no line. */
  private void lines(String text) {
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\r' || c == '\n') {
        line(text.substring(start, i));
        if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
          i++;
        }
        start = i + 1;
      }
    }
  }

  private void line(String line) {
    int colon = line.indexOf(':');
    if (line.isEmpty()) {
      dispatch();
    } else if (colon == 0) {
      comments.add(line.substring(1));
    } else if (colon > 0) {
      String value = line.substring(colon + 1);
      field(line.substring(0, colon), value.startsWith(" ") ? value.substring(1) : value);
    } else {
      field(line, "");
    }
  }

  private void field(String name, String value) {
    switch (name) {
      case "event" -> type = value;
      case "data" -> data.append(value).append('\n');
      case "id" -> {
        if (value.indexOf('\0') < 0) {
          lastEventId = value;
        }
      }
      case "retry" -> {
        if (value.matches("[0-9]+")) {
          reconnectionTime = value;
        }
      }
      default -> {}
    }
  }

  private void dispatch() {
    if (!data.isEmpty()) {
      data.setLength(data.length() - 1);
      events.add(new Dispatched(type.isEmpty() ? "message" : type, data.toString(), lastEventId));
    }
    data.setLength(0);
    type = "";
  }
}
