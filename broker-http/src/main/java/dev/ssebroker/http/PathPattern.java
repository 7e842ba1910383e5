package dev.ssebroker.http;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A pattern of paths, such as {@code /rooms/{room}}. A literal segment matches the same text. A
 * name in braces matches any one segment that is not empty.
 */
record PathPattern(List<String> segments) {
  private static final String LITERAL = "([\\x21-\\x7e&&[^/?#*{}%]]|%[0-9A-Fa-f]{2})*";
  private static final String NAME = "\\{[A-Za-z]\\w*\\}";
  private static final String SYNTAX = "(/(" + LITERAL + "|" + NAME + "))+";

  PathPattern {
    segments = List.copyOf(segments);
  }

  /**
   * Parses a pattern.
   *
   * @throws IllegalArgumentException if the text is not a pattern, or has a name twice
   */
  static PathPattern parse(String text) {
    if (!text.matches(SYNTAX)) {
      throw new IllegalArgumentException(
          ("path is '%s'; allowed are segments after slashes: a {name} of letters, digits and"
                  + " underscores, or visible ASCII characters except ? # * { }, with percent"
                  + " escapes")
              .formatted(text));
    }
    PathPattern pattern = new PathPattern(split(text));
    List<String> names = pattern.segments.stream().filter(PathPattern::isName).toList();
    if (names.stream().distinct().count() < names.size()) {
      throw new IllegalArgumentException("path is '%s'; allowed is each name once".formatted(text));
    }
    return pattern;
  }

  /** Returns the segments of a path that begins with a slash; at least one. */
  static List<String> split(String path) {
    return Arrays.asList(path.substring(1).split("/", -1));
  }

  private static boolean isName(String segment) {
    return segment.startsWith("{");
  }

  private static boolean matches(String segment, String text) {
    return isName(segment) ? !text.isEmpty() : segment.equals(text);
  }

  /**
   * Returns the decoded values by name; empty if the pattern does not match the path's segments.
   */
  Optional<Map<String, String>> values(List<String> path) {
    if (path.size() != segments.size()) {
      return Optional.empty();
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < path.size(); i++) {
      String segment = segments.get(i);
      if (!matches(segment, path.get(i))) {
        return Optional.empty();
      }
      if (isName(segment)) {
        values.put(segment.substring(1, segment.length() - 1), Request.decode(path.get(i)));
      }
    }
    return Optional.of(values);
  }

  /** Returns how many segments are literal. */
  long literals() {
    return segments.stream().filter(segment -> !isName(segment)).count();
  }

  /**
   * Returns a path that both patterns match, if neither of them is more specific than the other.
   * One is more specific if it has literals where the other has names, and never the reverse.
   */
  Optional<String> ambiguity(PathPattern other) {
    if (segments.size() != other.segments.size()) {
      return Optional.empty();
    }
    StringBuilder path = new StringBuilder();
    boolean moreSpecific = false;
    boolean lessSpecific = false;
    for (int i = 0; i < segments.size(); i++) {
      String mine = segments.get(i);
      String others = other.segments.get(i);
      if (!matches(mine, others) && !matches(others, mine)) {
        return Optional.empty();
      }
      moreSpecific |= !isName(mine) && isName(others);
      lessSpecific |= isName(mine) && !isName(others);
      path.append('/').append((isName(mine) ? others : mine).replaceAll("[{}]", ""));
    }
    return moreSpecific == lessSpecific ? Optional.of(path.toString()) : Optional.empty();
  }

  @Override
  public String toString() {
    return "/" + String.join("/", segments);
  }
}
