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
 * The JSON formats for publishing events. An event is an object:
 *
 * <pre>
 *  {"type": "price", "data": {"symbol": "ACME", "price": 12.50}, "key": "ACME", "retry": 2000}
 * </pre>
 *
 * <ul>
 *   <li>{@code data} is required. A string is the data itself. Any other value, including {@code
 *       null}, becomes its JSON text without white space; numbers and the order of members stay
 *       unchanged.
 *   <li>{@code type}, {@code id} and {@code key} are strings that {@link Event} accepts.
 *   <li>{@code retry} is a whole number of milliseconds from 0 to 3,600,000.
 * </ul>
 *
 * <p>A format refuses a body that has other members, duplicate members, values of other types, text
 * that is not JSON or not UTF-8, or text after the end. It also refuses nesting deeper than {@value
 * #MAX_DEPTH} levels, including the event's object and the array around it. It then throws an
 * {@link IllegalArgumentException}. The message names the number of the event or of the line, from
 * 1, and what is allowed. It contains no text of the body. No event of a refused body is published.
 * The value of {@code data} may be any JSON that UTF-8 can encode.
 *
 * <p>The formats are stateless and thread-safe. They do not block.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>
 */
public final class JsonEvents {
  static final int MAX_DEPTH = 64;

  private JsonEvents() {}

  /**
   * The format of {@code application/json}: the object of an event, or an array of such objects.
   * The array may be empty.
   *
   * @return the format
   */
  public static BodyFormat json() {
    return new Document();
  }

  /**
   * The format of {@code application/x-ndjson} and {@code application/jsonl}: the object of one
   * event per line. Lines end with LF or CRLF; the last line need not. Empty lines are ignored.
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

    /** JSON strings escape line feeds (RFC 8259 §7), so each line feed ends a line. */
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

  /** Returns whether a line has only white space (RFC 8259 §2). A CR belongs to the line end. */
  private static boolean isEmpty(String line) {
    return line.chars().allMatch(c -> c == ' ' || c == '\t' || c == '\r');
  }

  /**
   * Decodes a body. RFC 8259 §8.1 requires UTF-8. The decoder of Jackson also accepts overlong
   * forms and UTF-16. A byte order mark is ignored, as RFC 8259 §8.1 permits.
   */
  private static String text(byte[] body) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the body is not UTF-8; JSON must be UTF-8", e);
    }
  }
}
