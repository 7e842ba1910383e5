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
   *
   * Seats. A client that goes gives its place to the last one, so that costs the same in an audience of
   * any size. A loop that may remove clients runs from the last place to the first: whichever client
   * moves into a freed place was visited before.
   */
  private static final class Node {
    private final Map<String, Node> children = new HashMap<>(4);
    private @Nullable Audience audience;

    boolean leadsNowhere() {
      return children.isEmpty() && audience == null;
    }
  }

  /** The clients of one filter. */
  static final class Audience {
    /** Beside the seats, so that a publish walks over clients only. */
    private final List<Client> clients = new ArrayList<>();

    private final List<Seat> seats = new ArrayList<>();

    Client get(int place) {
      return clients.get(place);
    }

    int size() {
      return clients.size();
    }

    private Seat add(TopicFilter filter, Client client) {
      Seat seat = new Seat(filter, this, seats.size());
      seats.add(seat);
      clients.add(client);
      return seat;
    }

    private void remove(Seat seat) {
      Seat lastSeat = seats.removeLast();
      Client lastClient = clients.removeLast();
      if (lastSeat != seat) {
        seats.set(seat.place, lastSeat);
        clients.set(seat.place, lastClient);
        lastSeat.place = seat.place;
      }
    }
  }

  /** One client's place in one audience. */
  static final class Seat {
    private final TopicFilter filter;
    private final Audience audience;
    private int place;

    private Seat(TopicFilter filter, Audience audience, int place) {
      this.filter = filter;
      this.audience = audience;
      this.place = place;
    }
  }

  private final BrokerLock lock;
  private final Node root = new Node();

  TopicTree(BrokerLock lock) {
    this.lock = lock;
  }

  /** Adds the client under each of its filters. */
  List<Seat> add(Filters filters, Client client) {
    lock.assertHeld();
    return filters.list().stream().map(filter -> add(filter, client)).toList();
  }

  private Seat add(TopicFilter filter, Client client) {
    Node node = root;
    for (String segment : filter.segments()) {
      node = node.children.computeIfAbsent(segment, s -> new Node());
    }
    Audience audience = node.audience;
    if (audience == null) {
      audience = new Audience();
      node.audience = audience;
    }
    return audience.add(filter, client);
  }

  void remove(Seat seat) {
    lock.assertHeld();
    seat.audience.remove(seat);
    if (seat.audience.size() == 0) {
      prune(root, seat.filter.segments(), 0);
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
