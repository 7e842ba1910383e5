package dev.ssebroker;

import java.util.List;

/** What a subscription selects: {@code *} is exactly one segment, a last {@code **} one or more. */
record TopicFilter(String text, List<String> segments) {
  static final String ANY = "*";
  static final String REST = "**";

  /** Returns the filter, or throws an IllegalArgumentException. */
  static TopicFilter parse(String text) {
    TopicName.check("topic filter", text);
    List<String> segments = TopicName.segments(text);
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      if (segment.equals(REST) && i < segments.size() - 1) {
        throw Settings.refusal(
            "topic filter '%s' has '**' before its end; it is allowed as the last segment only",
            text);
      }
      if (segment.contains("*") && !segment.equals(ANY) && !segment.equals(REST)) {
        throw Settings.refusal(
            "topic filter '%s' has the segment '%s'; '*' and '**' are allowed as whole segments only",
            text, segment);
      }
    }
    return new TopicFilter(text, segments);
  }

  boolean isExact() {
    return !text.contains(ANY);
  }

  /** Returns whether it selects the topic with these segments. */
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
