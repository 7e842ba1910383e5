package dev.ssebroker.http;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strict parser of Prometheus' text format 0.0.4. It accepts no time stamps, one space between
 * parts, and for each metric HELP, TYPE and its samples, together and in this order.
 */
final class PrometheusPage {
  private static final String NAME = "([a-zA-Z_:][a-zA-Z0-9_:]*)";
  private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
  private static final String VALUE = "([+-]?[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|NaN|[+-]Inf)";

  private static final Pattern HELP =
      Pattern.compile("# HELP " + NAME + " (?:[^\\\\\r\n]|\\\\[\\\\n])+");
  private static final Pattern TYPE =
      Pattern.compile("# TYPE " + NAME + " (counter|gauge|histogram|summary|untyped)");
  private static final Pattern SAMPLE =
      Pattern.compile("(" + NAME + "(?:\\{" + LABEL + "(?:," + LABEL + ")*})?) " + VALUE);

  private final Map<String, String> types = new LinkedHashMap<>();
  private final Map<String, String> samples = new LinkedHashMap<>();

  private PrometheusPage() {}

  static PrometheusPage parse(String text) {
    if (!text.endsWith("\n")) {
      throw new IllegalArgumentException("the last line has no end");
    }
    PrometheusPage page = new PrometheusPage();
    String[] lines = text.substring(0, text.length() - 1).split("\n", -1);
    int next = 0;
    while (next < lines.length) {
      next = page.metric(lines, next);
    }
    return page;
  }

  /** Returns the line after the metric. */
  private int metric(String[] lines, int start) {
    if (start + 2 >= lines.length) {
      throw new IllegalArgumentException("a metric needs three lines: " + lines[start]);
    }
    String name = match(HELP, lines[start]).group(1);
    Matcher type = match(TYPE, lines[start + 1]);
    if (!type.group(1).equals(name) || types.put(name, type.group(2)) != null) {
      throw new IllegalArgumentException("HELP and TYPE once for each metric: " + name);
    }
    int next = start + 2;
    Set<String> series = new HashSet<>();
    while (next < lines.length && !lines[next].startsWith("#")) {
      Matcher sample = match(SAMPLE, lines[next]);
      boolean negative = sample.group(3).startsWith("-");
      if (!isSampleOf(name, type.group(2), sample.group(2))
          || !series.add(sample.group(1))
          || (negative && type.group(2).equals("counter"))) {
        throw new IllegalArgumentException("not a sample of " + name + ": " + lines[next]);
      }
      samples.put(sample.group(1), sample.group(3));
      next++;
    }
    if (series.isEmpty()) {
      throw new IllegalArgumentException("no samples of " + name);
    }
    return next;
  }

  private static boolean isSampleOf(String name, String type, String sample) {
    return switch (type) {
      case "histogram" ->
          sample.equals(name + "_bucket")
              || sample.equals(name + "_sum")
              || sample.equals(name + "_count");
      case "summary" -> sample.equals(name + "_sum") || sample.equals(name + "_count");
      default -> sample.equals(name);
    };
  }

  private static Matcher match(Pattern pattern, String line) {
    Matcher matcher = pattern.matcher(line);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + line + "' is not " + pattern);
    }
    return matcher;
  }

  /** Returns the type of each metric, by its name. */
  Map<String, String> types() {
    return types;
  }

  /** Returns the value of each sample, by its name and labels. */
  Map<String, String> samples() {
    return samples;
  }
}
