package dev.ssebroker.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A request's header fields, in order. Names are compared without regard to case (RFC 9110 §5.1).
 * Immutable.
 */
public final class Headers {
  private record Field(String name, String value) {}

  private final List<Field> fields;

  private Headers(List<Field> fields) {
    this.fields = List.copyOf(fields);
  }

  /**
   * Returns the first value of a field.
   *
   * @param name the field's name, in any case
   * @return the value without surrounding spaces; empty if the request has no such field
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
   * @return the values in the request's order; empty if the request has no such field
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
