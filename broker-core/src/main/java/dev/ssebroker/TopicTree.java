package dev.ssebroker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the clients of a topic. Guarded by the broker's lock. */
final class TopicTree {
  /*
   * Search. The branches are segments of filters. The clients of a topic lie along at most two branches
   * a level, its own segment's and that of the star, so a publish does not pay for other filters. A node
   * that leads to no client is removed.
   */
  private static final class Node {
    private final Map<String, Node> children = new HashMap<>(4);
    private @Nullable Audience audience;

    boolean leadsNowhere() {
      return children.isEmpty() && audience == null;
    }
  }

  private final BrokerLock lock;
  private final Node root = new Node();

  TopicTree(BrokerLock lock) {
    this.lock = lock;
  }

  /** Adds the client under each of its filters. */
  List<Audience.Seat> add(Filters filters, Client client) {
    lock.assertHeld();
    return filters.list().stream().map(filter -> audience(filter).add(client)).toList();
  }

  private Audience audience(TopicFilter filter) {
    Node node = root;
    for (String segment : filter.segments()) {
      node = node.children.computeIfAbsent(segment, s -> new Node());
    }
    Audience audience = node.audience == null ? new Audience() : node.audience;
    node.audience = audience;
    return audience;
  }

  /** Removes a client from the seats that it has for its filters. */
  void remove(Filters filters, List<Audience.Seat> seats) {
    lock.assertHeld();
    for (int i = 0; i < seats.size(); i++) {
      seats.get(i).leave();
      if (seats.get(i).audience().size() == 0) {
        prune(root, filters.list().get(i).segments(), 0);
      }
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

  /** Returns the audiences whose filter selects the topic. */
  List<Audience> match(String topic) {
    lock.assertHeld();
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
    descend(node.children.get(topic.substring(start, end)), topic, end + 1, found);
    descend(node.children.get(TopicFilter.ANY), topic, end + 1, found);
    addAudience(node.children.get(TopicFilter.REST), found);
  }

  private static void descend(@Nullable Node node, String topic, int start, List<Audience> found) {
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
