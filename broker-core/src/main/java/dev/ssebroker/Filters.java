package dev.ssebroker;

import java.util.List;

/** The topic filters of one client. They are exact if each is a topic's name. */
record Filters(List<TopicFilter> list, List<String> texts, boolean areExact) {
  static Filters of(List<TopicFilter> list) {
    List<String> texts = list.stream().map(TopicFilter::text).toList();
    return new Filters(list, texts, list.stream().allMatch(TopicFilter::isExact));
  }

  /** Returns whether one of the filters selects the topic with these segments. */
  boolean match(List<String> topic) {
    for (TopicFilter filter : list) {
      if (filter.matches(topic)) {
        return true;
      }
    }
    return false;
  }
}
