package dev.ssebroker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the clients of a topic. Guarded by the broker's lock. */
final class TopicTree {
  /*
   * Search. The branches are segments of filters. A topic follows at most two branches a level, its own
   * segment and the star, so a publish does not pay for other filters.
   */
  private static final class Node {
    private final Map<String, Node> children = new HashMap<>(4);
    private @Nullable Audience audience;
  }

  /** The clients of one filter, or of a broker. Guarded by the broker's lock. */
  static final class Audience {
    /*
     * The last client takes the place of one that leaves, at the same cost in an audience of any size. A loop
     * during which clients may leave runs from the last place to the first: a client that moves to a freed
     * place was visited before. Clients are apart from their seats, so that a publish walks over clients only.
     */
    private final List<Client> clients = new ArrayList<>();
    private final List<Seat> seats = new ArrayList<>();

    /** One client's place in the audience. */
    final class Seat {
      private int place = seats.size();

      private Seat() {}

      /** Returns whether the audience is empty now. */
      boolean leave() {
        Seat lastSeat = seats.removeLast();
        Client lastClient = clients.removeLast();
        if (lastSeat != this) {
          seats.set(place, lastSeat);
          clients.set(place, lastClient);
          lastSeat.place = place;
        }
        return seats.isEmpty();
      }
    }

    Seat add(Client client) {
      Seat seat = new Seat();
      seats.add(seat);
      clients.add(client);
      return seat;
    }

    Client get(int place) {
      return clients.get(place);
    }

    int size() {
      return clients.size();
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

  /** Removes a client from its seats, one for each filter. */
  void remove(Filters filters, List<Audience.Seat> seats) {
    lock.assertHeld();
    for (int i = 0; i < seats.size(); i++) {
      if (seats.get(i).leave()) {
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
      if (child.children.isEmpty() && child.audience == null) {
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

  private static void collect(@Nullable Node node, String topic, int start, List<Audience> found) {
    if (node == null) {
      return;
    }
    if (start > topic.length()) {
      if (node.audience != null) {
        found.add(node.audience);
      }
      return;
    }
    int slash = topic.indexOf('/', start);
    int end = slash < 0 ? topic.length() : slash;
    collect(node.children.get(topic.substring(start, end)), topic, end + 1, found);
    collect(node.children.get(TopicFilter.ANY), topic, end + 1, found);
    collect(node.children.get(TopicFilter.REST), topic, topic.length() + 1, found);
  }
}
