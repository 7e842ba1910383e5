package dev.ssebroker.json;

import dev.ssebroker.Event;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/** Reads events from a JSON text. Not thread-safe. */
final class EventReader implements AutoCloseable {
  private static final String MEMBERS = "allowed are data, type, id, key and retry";

  /**
   * The parser does not cache names across bodies, since publishers could fill the cache. Strings
   * have no bound of their own: the server bounds the body.
   */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(JsonEvents.MAX_DEPTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private enum Member {
    DATA,
    TYPE,
    ID,
    KEY,
    RETRY;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** Finds a member by its exact name (RFC 8259 §8.3). */
    static Optional<Member> named(String name) {
      return Arrays.stream(values()).filter(member -> member.text.equals(name)).findFirst();
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private final JsonParser parser;
  private final String unit;
  private int number;

  /**
   * Creates a reader of a text.
   *
   * @param unit the unit of positions in messages: event or line
   * @param number the number of the first event or of the line, from 1
   */
  EventReader(String text, String unit, int number) {
    this.parser = JSON.createParser(ObjectReadContext.empty(), text);
    this.unit = unit;
    this.number = number;
  }

  /** Reads the text as an object or an array of objects, to its end. */
  List<Event> readDocument() {
    try {
      List<Event> events = new ArrayList<>();
      if (parser.nextToken() == JsonToken.START_ARRAY) {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          events.add(read());
          number++;
        }
      } else {
        events.add(read());
      }
      if (!isAtEnd()) {
        throw new IllegalArgumentException(
            "the body has text after its JSON; allowed is one object or one array");
      }
      return events;
    } catch (JacksonException e) {
      throw invalid(e);
    }
  }

  /** Reads the text as one object, to its end. */
  Event readOnly() {
    try {
      parser.nextToken();
      Event event = read();
      if (!isAtEnd()) {
        throw refusal("has text after its object; allowed is one object");
      }
      return event;
    } catch (JacksonException e) {
      throw invalid(e);
    }
  }

  private boolean isAtEnd() {
    try {
      return parser.nextToken() == null;
    } catch (JacksonException e) {
      return false;
    }
  }

  /** Reads an event. The current token must be its first one. */
  private Event read() {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw refusal("is not a JSON object such as {\"data\":\"text\"}");
    }
    String type = Event.MESSAGE;
    String data = null;
    Optional<Duration> retry = Optional.empty();
    Optional<String> key = Optional.empty();
    Optional<String> id = Optional.empty();
    Set<Member> seen = EnumSet.noneOf(Member.class);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      Member member = member(parser.currentName());
      if (!seen.add(member)) {
        throw refusal("has the member '" + member + "' twice; allowed is once");
      }
      parser.nextToken();
      switch (member) {
        case DATA -> data = data();
        case TYPE -> type = string(member);
        case ID -> id = Optional.of(string(member));
        case KEY -> key = Optional.of(string(member));
        case RETRY -> retry = Optional.of(milliseconds());
      }
    }
    Event event = event(type, data, retry, key);
    return id.isPresent() ? withId(event, id.get()) : event;
  }

  private Event event(
      String type, @Nullable String data, Optional<Duration> retry, Optional<String> key) {
    if (data == null) {
      throw refusal("has no member 'data'; it is required and may be any JSON value");
    }
    try {
      return new Event(type, data, retry, key, Optional.empty());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(position() + ": " + e.getMessage(), e);
    }
  }

  /** Sets the id. Replaces the message of the event's own exception, which quotes the id. */
  private Event withId(Event event, String id) {
    try {
      return event.withId(id);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          position() + " has a member 'id' that is not 1 to 64 letters, digits and . _ ~ -", e);
    }
  }

  private Member member(String name) {
    return Member.named(name).orElseThrow(() -> refusal("has an unknown member; " + MEMBERS));
  }

  private String string(Member member) {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw refusal("has a member '" + member + "' that is not a string");
    }
    return parser.getString();
  }

  private Duration milliseconds() {
    long longest = Event.MAX_RETRY.toMillis();
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getString().matches("[0-9]{1,9}")
        && parser.getIntValue() <= longest) {
      return Duration.ofMillis(parser.getIntValue());
    }
    throw refusal(
        "has a member 'retry' that is not a whole number of milliseconds from 0 to %d"
            .formatted(longest));
  }

  private String data() {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      return parser.getString();
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      copyValue(generator);
    }
    return text.toString();
  }

  /** Copies a value up to its last token. The parser bounds the nesting. */
  private void copyValue(JsonGenerator generator) {
    int open = 0;
    do {
      switch (parser.currentToken()) {
        // The text of the number, since a double cannot represent every number.
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> generator.writeNumber(parser.getString());
        case START_OBJECT, START_ARRAY -> {
          open++;
          generator.copyCurrentEvent(parser);
        }
        case END_OBJECT, END_ARRAY -> {
          open--;
          generator.copyCurrentEvent(parser);
        }
        default -> generator.copyCurrentEvent(parser);
      }
    } while (open > 0 && parser.nextToken() != null);
  }

  /** The message of the Jackson exception quotes the input, so it is only the cause. */
  private IllegalArgumentException invalid(JacksonException e) {
    String problem =
        e instanceof StreamConstraintsException
            ? "is nested deeper than %d levels, or has a number of more than %d digits"
                .formatted(JsonEvents.MAX_DEPTH, StreamReadConstraints.DEFAULT_MAX_NUM_LEN)
            : "is not valid JSON";
    return new IllegalArgumentException(position() + " " + problem, e);
  }

  private IllegalArgumentException refusal(String problem) {
    return new IllegalArgumentException(position() + " " + problem);
  }

  private String position() {
    return unit + " " + number;
  }

  @Override
  public void close() {
    parser.close();
  }
}
