package dev.ssebroker.json;

import dev.ssebroker.Event;
import dev.ssebroker.http.BodyFormat;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The formats in which publishers send events as JSON. An event is an object:
 *
 * <pre>
 *  {"type": "price", "data": {"symbol": "ACME", "price": 12.50}, "key": "ACME", "retry": 2000}
 * </pre>
 *
 * <ul>
 *   <li>{@code data}, required: a string is the data as it is; any other value, {@code null}
 *       included, becomes its JSON text without spaces, with numbers and the order of members as
 *       they were sent;
 *   <li>{@code type}, {@code id}, {@code key}: strings, as {@link Event} allows them;
 *   <li>{@code retry}: milliseconds, a whole number from 0 to 3,600,000.
 * </ul>
 *
 * <p>Anything else is refused: other members, a member twice, other types, text that is not JSON or
 * not UTF-8, nesting deeper than {@value #MAX_DEPTH} levels, the event's object and the array
 * around it included, anything behind the end. A format then throws an {@link
 * IllegalArgumentException} whose message names the event's number or line, counted from 1, and
 * what is allowed; it repeats nothing of the body. Nothing is published of a body that is refused
 * in one place. What is inside of {@code data} is not judged, beyond being JSON that UTF-8 can
 * carry.
 *
 * <p>The formats have no state: any thread may use them, several at a time. They do not block.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>
 */
public final class JsonEvents {
  static final int MAX_DEPTH = 64;

  private JsonEvents() {}

  /**
   * The format of {@code application/json}: one event's object, or an array of such objects, which
   * may be empty.
   *
   * @return the format
   */
  public static BodyFormat json() {
    return new Document();
  }

  /**
   * The format of {@code application/x-ndjson} and {@code application/jsonl}: one event's object a
   * line. Lines end with LF or CRLF, the last one may go without; empty ones are ignored.
   *
   * @return the format
   * @see <a href="https://jsonlines.org">JSON Lines</a>
   */
  public static BodyFormat lines() {
    return new Lines();
  }

  private record Document() implements BodyFormat {
    @Override
    public Set<String> mediaTypes() {
      return Set.of("application/json");
    }

    @Override
    public List<Event> read(byte[] body) {
      try (EventReader reader = new EventReader(text(body), "event", 1)) {
        return reader.readDocument();
      }
    }
  }

  private record Lines() implements BodyFormat {
    @Override
    public Set<String> mediaTypes() {
      return Set.of("application/x-ndjson", "application/jsonl");
    }

    /** A line feed inside an event's JSON is escaped (RFC 8259 §7), so each one ends a line. */
    @Override
    public List<Event> read(byte[] body) {
      List<Event> events = new ArrayList<>();
      String text = text(body);
      int number = 1;
      int begin = 0;
      while (begin < text.length()) {
        int lineFeed = text.indexOf('\n', begin);
        int end = lineFeed < 0 ? text.length() : lineFeed;
        String line = text.substring(begin, end);
        if (!isEmpty(line)) {
          try (EventReader reader = new EventReader(line, "line", number)) {
            events.add(reader.readOnly());
          }
        }
        number++;
        begin = end + 1;
      }
      return events;
    }
  }

  /** White space as RFC 8259 §2 has it; the CR is the line's end. */
  private static boolean isEmpty(String line) {
    return line.chars().allMatch(c -> c == ' ' || c == '\t' || c == '\r');
  }

  /**
   * Decoded here, since Jackson would take overlong forms for UTF-8, and UTF-16 for JSON; RFC 8259
   * §8.1 wants UTF-8.
   */
  private static String text(byte[] body) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the body is not UTF-8, as JSON must be", e);
    }
  }
}
