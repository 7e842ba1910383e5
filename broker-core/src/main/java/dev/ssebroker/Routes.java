package dev.ssebroker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the audiences of a topic. Guarded by the broker's lock. */
final class Routes {
  /*
   * A tree whose branches are segments. A topic's audiences lie along at most two branches a level,
   * its own segment's and that of the star; what a publish costs does not depend on how many other
   * filters there are. A node that leads to nobody is removed.
   */
  private static final class Node {
    private final Map<String, Node> children = new HashMap<>(4);
    private @Nullable Audience audience;

    boolean leadsNowhere() {
      return children.isEmpty() && audience == null;
    }
  }

  private final Node root = new Node();

  Audience.Seat add(TopicFilter filter, Client client) {
    Node node = root;
    for (String segment : filter.segments()) {
      node = node.children.computeIfAbsent(segment, s -> new Node());
    }
    Audience audience = node.audience;
    if (audience == null) {
      audience = new Audience();
      node.audience = audience;
    }
    return audience.add(client);
  }

  void remove(TopicFilter filter, Audience.Seat seat) {
    seat.audience.remove(seat);
    if (seat.audience.size() == 0) {
      prune(root, filter.segments(), 0);
    }
  }

  private static void prune(Node node, List<String> segments, int depth) {
    if (depth == segments.size()) {
      node.audience = null;
      return;
    }
    String segment = segments.get(depth);
    Node child = node.children.get(segment);
    if (child != null) {
      prune(child, segments, depth + 1);
      if (child.leadsNowhere()) {
        node.children.remove(segment);
      }
    }
  }

  /** Returns the audiences whose filter matches the topic. */
  List<Audience> audiences(String topic) {
    List<Audience> found = new ArrayList<>(4);
    collect(root, topic, 0, found);
    return found;
  }

  private static void collect(Node node, String topic, int start, List<Audience> found) {
    if (start > topic.length()) {
      addAudience(node, found);
      return;
    }
    int slash = topic.indexOf('/', start);
    int end = slash < 0 ? topic.length() : slash;
    follow(node.children.get(topic.substring(start, end)), topic, end + 1, found);
    follow(node.children.get(TopicFilter.ANY), topic, end + 1, found);
    addAudience(node.children.get(TopicFilter.REST), found);
  }

  private static void follow(@Nullable Node node, String topic, int start, List<Audience> found) {
    if (node != null) {
      collect(node, topic, start, found);
    }
  }

  private static void addAudience(@Nullable Node node, List<Audience> found) {
    if (node != null && node.audience != null) {
      found.add(node.audience);
    }
  }
}
