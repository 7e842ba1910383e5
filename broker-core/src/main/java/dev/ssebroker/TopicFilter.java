package dev.ssebroker;

import java.util.List;

/**
 * What a subscription selects: a topic's name, in which {@code *} stands for exactly one segment
 * and, as the last one, {@code **} for one or more.
 */
record TopicFilter(String text, List<String> segments) {
  static final String ANY = "*";
  static final String REST = "**";

  /** Returns the filter, or throws an IllegalArgumentException that says what is wrong with it. */
  static TopicFilter parse(String text) {
    List<String> segments = TopicName.split("topic filter", text);
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      if (segment.equals(REST) && i < segments.size() - 1) {
        throw new IllegalArgumentException(
            "topic filter '%s' has '**' before its end; it is allowed as the last segment only"
                .formatted(text));
      }
      if (segment.contains("*") && !segment.equals(ANY) && !segment.equals(REST)) {
        throw new IllegalArgumentException(
            "topic filter '%s' has the segment '%s'; '*' and '**' are allowed as whole segments only"
                .formatted(text, segment));
      }
    }
    return new TopicFilter(text, segments);
  }

  boolean isExact() {
    return !text.contains(ANY);
  }

  boolean matches(String topic) {
    return matches(TopicName.segments(topic));
  }

  /** Whether it selects the topic with these segments. */
  boolean matches(List<String> topic) {
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      if (i == topic.size()) {
        return false;
      }
      if (segment.equals(REST)) {
        return true;
      }
      if (!segment.equals(ANY) && !segment.equals(topic.get(i))) {
        return false;
      }
    }
    return segments.size() == topic.size();
  }
}
