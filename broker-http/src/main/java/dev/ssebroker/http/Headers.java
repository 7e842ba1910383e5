package dev.ssebroker.http;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The header fields of a request or an answer, in order. Names are compared without regard to case
 * (RFC 9110 §5.1). Values of a request that are UTF-8 are read as such, all others as ISO-8859-1
 * (RFC 9110 §5.5). Immutable.
 */
public final class Headers {
  static final Headers NONE = new Headers(List.of());

  /**
   * The fields that say where a message ends and to whom it goes. They are ASCII. Decoded, a value
   * beyond ASCII could equal an ASCII value in another case: the Kelvin sign is an upper-case k.
   */
  private static final Set<String> ASCII_FIELDS =
      Set.of("connection", "content-length", "expect", "host", "transfer-encoding");

  private record Field(String name, String value) {}

  private final List<Field> fields;

  private Headers(List<Field> fields) {
    this.fields = List.copyOf(fields);
  }

  /**
   * Returns the first value of a field.
   *
   * @param name the field's name, in any case
   * @return the value without surrounding spaces; empty if there is no such field
   */
  public Optional<String> first(String name) {
    for (Field field : fields) {
      if (field.name.equalsIgnoreCase(name)) {
        return Optional.of(field.value);
      }
    }
    return Optional.empty();
  }

  /**
   * Returns all values of a field.
   *
   * @param name the field's name, in any case
   * @return the values in the request's order; empty if there is no such field
   */
  public List<String> all(String name) {
    List<String> values = new ArrayList<>(1);
    for (Field field : fields) {
      if (field.name.equalsIgnoreCase(name)) {
        values.add(field.value);
      }
    }
    return Collections.unmodifiableList(values);
  }

  /** Returns the text of these bytes; empty if they are not UTF-8. */
  static Optional<String> utf8(byte[] bytes) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return Optional.of(text.toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** Only spaces and tabs surround a value (RFC 9110 §5.6.3); U+0085 and U+00A0 are part of it. */
  static String withoutSpaces(String value) {
    int begin = 0;
    int end = value.length();
    while (begin < end && isSpace(value.charAt(begin))) {
      begin++;
    }
    while (begin < end && isSpace(value.charAt(end - 1))) {
      end--;
    }
    return value.substring(begin, end);
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }

  /** Calls an action with the name and value of each field. */
  void forEach(BiConsumer<String, String> action) {
    fields.forEach(field -> action.accept(field.name, field.value));
  }

  /** Returns these fields without those of a name. */
  Headers without(String name) {
    return new Headers(
        fields.stream().filter(field -> !field.name.equalsIgnoreCase(name)).toList());
  }

  /** Returns these fields and one more. */
  Headers and(String name, String value) {
    List<Field> more = new ArrayList<>(fields);
    more.add(new Field(name, value));
    return new Headers(more);
  }

  /** Two objects are equal if they have the same fields, in the same order and case. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Headers headers && fields.equals(headers.fields);
  }

  @Override
  public int hashCode() {
    return fields.hashCode();
  }

  /** Collects fields while a request is parsed. */
  static final class Builder {
    private final List<Field> fields = new ArrayList<>();

    /**
     * Adds a field.
     *
     * @param value its bytes, as ISO-8859-1; spaces around them are removed
     */
    void add(String name, String value) {
      String trimmed = withoutSpaces(value);
      boolean ascii = ASCII_FIELDS.contains(name.toLowerCase(Locale.ROOT));
      fields.add(new Field(name, ascii ? trimmed : decode(trimmed)));
    }

    private static String decode(String value) {
      if (value.chars().allMatch(c -> c < 0x80)) {
        return value;
      }
      return utf8(value.getBytes(StandardCharsets.ISO_8859_1)).orElse(value);
    }

    int size() {
      return fields.size();
    }

    Headers build() {
      return new Headers(fields);
    }
  }
}
