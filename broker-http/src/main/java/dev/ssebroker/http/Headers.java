package dev.ssebroker.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The header fields of a request or an answer, in order. Names are compared without regard to case
 * (RFC 9110 §5.1). Immutable.
 */
public final class Headers {
  static final Headers NONE = new Headers(List.of());

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

    void add(String name, String value) {
      fields.add(new Field(name, value));
    }

    int size() {
      return fields.size();
    }

    Headers build() {
      return new Headers(fields);
    }
  }
}
