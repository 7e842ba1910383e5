package dev.ssebroker.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * One element of an {@code Accept} or {@code Accept-Encoding} field (RFC 9110 §12.5.1, §12.5.3).
 *
 * @param range a media range or a content coding, in lower case
 * @param hasParameters whether it has parameters other than the weight
 * @param weight from 0, not acceptable, to 1
 */
record Preference(String range, boolean hasParameters, double weight) {
  /*
   * Weights (RFC 9110 §12.4.2). An element without a weight counts as 1. A number from 0 to 1 in another
   * form than the grammar's, such as .2, is read as that number: Java's HttpURLConnection sends it.
   * Everything else counts as 0.
   */

  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}+\\.?\\d{0,9}+|\\.\\d{1,9}+");

  /** Returns the elements of all fields of one name. Those without parameters come first. */
  static List<Preference> of(List<String> fields) {
    List<Preference> preferences = new ArrayList<>();
    for (String field : fields) {
      for (String element : split(field.toLowerCase(Locale.ROOT), ',')) {
        if (!element.isEmpty()) {
          preferences.add(parse(split(element, ';')));
        }
      }
    }
    preferences.sort(Comparator.comparing(Preference::hasParameters));
    return preferences;
  }

  private static Preference parse(List<String> parts) {
    boolean hasParameters = false;
    double weight = 1;
    for (String parameter : parts.subList(1, parts.size())) {
      List<String> pair = split(parameter, '=');
      if (pair.getFirst().equals("q")) {
        weight = pair.size() == 2 ? number(pair.getLast()) : 0;
      } else if (!parameter.isEmpty()) {
        hasParameters = true;
      }
    }
    return new Preference(parts.getFirst(), hasParameters, weight);
  }

  private static double number(String text) {
    double number = NUMBER.matcher(text).matches() ? Double.parseDouble(text) : 0;
    return number <= 1 ? number : 0;
  }

  /** Splits at a separator, except in quoted strings (RFC 9110 §5.6.4). Removes spaces. */
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int begin = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        i++;
      } else if (c == separator && !quoted) {
        parts.add(Headers.withoutSpaces(text.substring(begin, i)));
        begin = i + 1;
      }
    }
    parts.add(Headers.withoutSpaces(text.substring(begin)));
    return parts;
  }

  /**
   * Returns the weight of the first of these ranges that an element has; 0 if none has one.
   *
   * @param ranges those that match, the most specific one first
   */
  static double weight(List<Preference> preferences, String... ranges) {
    for (String range : ranges) {
      for (Preference preference : preferences) {
        if (preference.range.equals(range)) {
          return preference.weight;
        }
      }
    }
    return 0;
  }
}
