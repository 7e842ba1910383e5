package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TopicTreeTest {
  private static final List<String> SEGMENTS = List.of("a", "b", "c", "*", "**");

  @RegisterExtension final Stage stage = new Stage();
  @RegisterExtension final HeldLock held = new HeldLock();

  private final Broker broker = stage.open(Stage.plain());
  private final TopicTree tree = new TopicTree(held.lock);

  /** A client's number, its filters, and its seats in the tree. */
  private record Seated(long id, Filters filters, List<TopicTree.Audience.Seat> seats) {}

  @Test
  void clientsWithOneFilterShareAnAudience() {
    Seated one = add("a/*");
    Seated two = add("a/*");
    Seated three = add("a/b");

    assertEquals(List.of(List.of(three.id), List.of(one.id, two.id)), ids("a/b"));
    assertEquals(List.of(List.of(one.id, two.id)), ids("a/c"));
    assertSame(tree.match("a/b").get(1), tree.match("a/c").getFirst());
  }

  @Test
  void topicOfNobodyHasNoAudience() {
    add("a/b");

    assertEquals(List.of(), ids("a"));
    assertEquals(List.of(), ids("a/b/c"));
    assertEquals(List.of(), ids("b"));
  }

  @Test
  void clientHasASeatForEachOfItsFilters() {
    Seated client = add("a/b", "a/*", "c");

    assertEquals(3, client.seats.size());
    assertEquals(List.of(List.of(client.id), List.of(client.id)), ids("a/b"));
    assertEquals(List.of(List.of(client.id)), ids("c"));
    tree.remove(filters("a/*"), List.of(client.seats.get(1)));
    assertEquals(List.of(List.of(client.id)), ids("a/b"));
    assertEquals(List.of(), ids("a/c"));
  }

  @Test
  void audienceWithoutClientsIsRemoved() {
    Seated deep = add("a/b/c");
    Seated shallow = add("a");
    Seated star = add("a/*");
    Seated secondStar = add("a/*");

    remove(deep);
    assertEquals(List.of(), ids("a/b/c"));
    assertEquals(List.of(List.of(shallow.id)), ids("a"));
    remove(star);
    assertEquals(List.of(List.of(secondStar.id)), ids("a/x"));
    remove(secondStar);
    assertEquals(List.of(), ids("a/x"));
    remove(shallow);
    assertEquals(List.of(), ids("a"));
    Seated again = add("a/b/c");
    assertEquals(List.of(List.of(again.id)), ids("a/b/c"));
  }

  @Test
  void branchThatIsRemovedLeavesItsParentsAudience() {
    Seated parent = add("a/b");
    Seated child = add("a/b/c/d");
    Seated sibling = add("a/b/c/e");

    remove(child);

    assertEquals(List.of(List.of(parent.id)), ids("a/b"));
    assertEquals(List.of(List.of(sibling.id)), ids("a/b/c/e"));
    remove(parent);
    assertEquals(List.of(), ids("a/b"));
    assertEquals(List.of(List.of(sibling.id)), ids("a/b/c/e"));
  }

  @Test
  void treeWithoutClientsIsAsSmallAsANewOne() throws Exception {
    List<Seated> clients = new ArrayList<>();
    for (String filter : List.of("a", "a/b/c", "a/b", "*/b", "**", "a/b/c", "x/y/z/**")) {
      clients.add(add(filter));
    }
    assertEquals(4, branches());

    clients.forEach(this::remove);

    assertEquals(0, branches());
  }

  private int branches() throws ReflectiveOperationException {
    Field root = TopicTree.class.getDeclaredField("root");
    root.setAccessible(true);
    Object node = root.get(tree);
    Field children = node.getClass().getDeclaredField("children");
    children.setAccessible(true);
    return ((Map<?, ?>) children.get(node)).size();
  }

  @Test
  void lastClientTakesAFreedPlace() {
    Seated first = add("t");
    Seated second = add("t");
    Seated third = add("t");
    assertEquals(List.of(List.of(first.id, second.id, third.id)), ids("t"));

    remove(first);
    assertEquals(List.of(List.of(third.id, second.id)), ids("t"));
    remove(third);
    assertEquals(List.of(List.of(second.id)), ids("t"));
    remove(second);
    assertEquals(List.of(), ids("t"));
  }

  @Test
  void lastClientLeavesWithoutMovingAnother() {
    Seated first = add("t");
    Seated second = add("t");
    Seated third = add("t");

    remove(third);

    assertEquals(List.of(List.of(first.id, second.id)), ids("t"));
  }

  @Test
  void clientMayHaveTwoSeatsInAnAudience() {
    Client client = client();
    TopicTree.Audience.Seat first = tree.add(filters("t"), client).getFirst();
    TopicTree.Audience.Seat second = tree.add(filters("t"), client).getFirst();
    Seated other = add("t");

    tree.remove(filters("t"), List.of(first));
    assertEquals(List.of(other.id, client.id()), ids(tree.match("t").getFirst()));
    tree.remove(filters("t"), List.of(second));
    assertEquals(List.of(List.of(other.id)), ids("t"));
  }

  /** The tree is searched after each of many random additions and removals. */
  @Test
  void audiencesAreThoseWhoseFilterMatches() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<Seated> clients = new ArrayList<>();
    for (int step = 0; step < 5_000; step++) {
      if (clients.isEmpty() || random.nextInt(100) < (step / 500 % 2 == 0 ? 60 : 40)) {
        clients.add(
            random.nextInt(5) == 0
                ? add(randomFilter(random), randomFilter(random))
                : add(randomFilter(random)));
      } else {
        remove(clients.remove(random.nextInt(clients.size())));
      }
      String topic = randomTopic(random);
      List<String> path = TopicName.segments(topic);
      Map<Long, Integer> expected = new HashMap<>();
      for (Seated client : clients) {
        int matches = (int) client.filters.list().stream().filter(f -> f.matches(path)).count();
        if (matches > 0) {
          expected.put(client.id, matches);
        }
      }
      assertEquals(expected, found(topic), () -> topic + ", seed " + seed);
    }
  }

  @Test
  void loopFromTheLastPlaceVisitsEachClientOnce() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Map<Long, Seated> clients = new HashMap<>();
    for (int round = 0; round < 200; round++) {
      for (int i = 1 + random.nextInt(20); i > 0; i--) {
        Seated client = add("t");
        clients.put(client.id, client);
      }
      Set<Long> all = Set.copyOf(clients.keySet());
      List<Long> visited = new ArrayList<>();
      TopicTree.Audience audience = tree.match("t").getFirst();
      for (int place = audience.size() - 1; place >= 0; place--) {
        long id = audience.get(place).id();
        visited.add(id);
        if (random.nextBoolean()) {
          remove(Objects.requireNonNull(clients.remove(id)));
        }
      }
      assertEquals(all.size(), visited.size(), () -> "seed " + seed);
      assertEquals(all, new HashSet<>(visited), () -> "seed " + seed);
      assertEquals(clients.keySet(), found("t").keySet(), () -> "seed " + seed);
    }
  }

  @Test
  void clientWhoseFiltersOverlapReceivesAnEventOnce() throws Exception {
    RecordingSink sink = stage.recording();
    Subscription subscription =
        broker.subscription("a/b", "a/*", "*/b", "**", "a/b", "other").open(sink);
    RecordingSink second = stage.recording();
    broker.subscription("*/*", "a/**").open(second);

    Stage.assertReceipt(2, 0, broker.publish("a/b", Event.of("1")));
    Stage.assertReceipt(1, 0, broker.publish("x", Event.of("2")));
    Stage.assertReceipt(2, 0, broker.publish("a/b/c", Event.of("3")));

    assertEquals(List.of("a/b", "a/*", "*/b", "**", "other"), subscription.topics());
    sink.expect(RecordingSink.COMMENT, "data: 1", "data: 2", "data: 3");
    second.expect(RecordingSink.COMMENT, "data: 1", "data: 3");
    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    Stage.assertReceipt(1, 0, broker.publish("a/b", Event.of("4")));
    Stage.assertReceipt(0, 0, broker.publish("other", Event.of("5")));
    second.expect("data: 4");
  }

  private Seated add(String... texts) {
    Client client = client();
    Filters filters = filters(texts);
    return new Seated(client.id(), filters, tree.add(filters, client));
  }

  private Client client() {
    return (Client) broker.subscribe("t", new RecordingSink());
  }

  private static Filters filters(String... texts) {
    return Filters.of(Stream.of(texts).map(TopicFilter::parse).toList());
  }

  private void remove(Seated client) {
    tree.remove(client.filters, client.seats);
  }

  /** Returns the clients' numbers in each audience, by place. */
  private List<List<Long>> ids(String topic) {
    return tree.match(topic).stream().map(TopicTreeTest::ids).toList();
  }

  private static List<Long> ids(TopicTree.Audience audience) {
    List<Long> ids = new ArrayList<>();
    for (int place = 0; place < audience.size(); place++) {
      ids.add(audience.get(place).id());
    }
    return ids;
  }

  /** Returns how often each client is found. */
  private Map<Long, Integer> found(String topic) {
    Map<Long, Integer> found = new HashMap<>();
    ids(topic).stream().flatMap(List::stream).forEach(id -> found.merge(id, 1, Integer::sum));
    return found;
  }

  private static String randomFilter(Random random) {
    List<String> segments = new ArrayList<>();
    do {
      segments.add(SEGMENTS.get(random.nextInt(SEGMENTS.size())));
    } while (segments.size() < 4
        && !segments.getLast().equals(TopicFilter.REST)
        && random.nextBoolean());
    return String.join("/", segments);
  }

  private static String randomTopic(Random random) {
    List<String> segments = new ArrayList<>();
    do {
      segments.add(SEGMENTS.get(random.nextInt(3)));
    } while (segments.size() < 5 && random.nextInt(3) > 0);
    return String.join("/", segments);
  }
}
