package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RoutesTest {
  private static final List<String> SEGMENTS = List.of("a", "b", "c", "*", "**");

  @RegisterExtension final Stage stage = new Stage();

  private final Broker broker = stage.open();
  private final Routes routes = new Routes();
  private long lastId;

  private record Place(TopicFilter filter, Audience.Seat seat, long client) {}

  @Test
  void clientsWithOneFilterShareAnAudience() {
    Place one = add("a/*");
    Place two = add("a/*");
    add("a/b");

    assertEquals(2, routes.audiences("a/b").size());
    assertSame(one.seat.audience, two.seat.audience);
    assertEquals(List.of(one.seat.audience), routes.audiences("a/c"));
  }

  @Test
  void topicOfNobodyHasNoAudience() {
    add("a/b");

    assertEquals(List.of(), routes.audiences("a"));
    assertEquals(List.of(), routes.audiences("a/b/c"));
    assertEquals(List.of(), routes.audiences("b"));
  }

  @Test
  void audienceThatWasLeftByAllIsGone() {
    Place deep = add("a/b/c");
    Place shallow = add("a");
    Place star = add("a/*");
    Place secondStar = add("a/*");

    remove(deep);
    assertEquals(List.of(), routes.audiences("a/b/c"));
    assertEquals(List.of(shallow.seat.audience), routes.audiences("a"));
    remove(star);
    assertEquals(List.of(secondStar.seat.audience), routes.audiences("a/x"));
    remove(secondStar);
    assertEquals(List.of(), routes.audiences("a/x"));
    remove(shallow);
    assertEquals(List.of(), routes.audiences("a"));
    Place again = add("a/b/c");
    assertEquals(List.of(again.seat.audience), routes.audiences("a/b/c"));
  }

  @Test
  void prunedBranchLeavesItsParentsAudience() {
    Place parent = add("a/b");
    Place child = add("a/b/c/d");
    Place sibling = add("a/b/c/e");

    remove(child);

    assertEquals(List.of(parent.seat.audience), routes.audiences("a/b"));
    assertEquals(List.of(sibling.seat.audience), routes.audiences("a/b/c/e"));
    remove(parent);
    assertEquals(List.of(), routes.audiences("a/b"));
    assertEquals(List.of(sibling.seat.audience), routes.audiences("a/b/c/e"));
  }

  @Test
  void treeOfNobodyIsAsSmallAsANewOne() throws Exception {
    List<Place> places = new ArrayList<>();
    for (String filter : List.of("a", "a/b/c", "a/b", "*/b", "**", "a/b/c", "x/y/z/**")) {
      places.add(add(filter));
    }
    assertEquals(4, branches());

    places.forEach(this::remove);

    assertEquals(0, branches());
  }

  private int branches() throws ReflectiveOperationException {
    Field root = Routes.class.getDeclaredField("root");
    root.setAccessible(true);
    Object node = root.get(routes);
    Field children = node.getClass().getDeclaredField("children");
    children.setAccessible(true);
    return ((Map<?, ?>) children.get(node)).size();
  }

  /** Whatever was added and removed, the tree finds what the filters say. */
  @Test
  void audiencesAreThoseWhoseFilterMatches() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<Place> places = new ArrayList<>();
    for (int step = 0; step < 5_000; step++) {
      if (places.isEmpty() || random.nextInt(100) < (step / 500 % 2 == 0 ? 60 : 40)) {
        places.add(add(randomFilter(random)));
      } else {
        remove(places.remove(random.nextInt(places.size())));
      }
      String topic = randomTopic(random);
      Map<Long, Integer> expected = new HashMap<>();
      for (Place place : places) {
        if (place.filter.matches(topic)) {
          expected.merge(place.client, 1, Integer::sum);
        }
      }
      assertEquals(expected, found(topic), () -> topic + ", seed " + seed);
    }
  }

  @Test
  void clientWhoseFiltersOverlapGetsAnEventOnce() throws Exception {
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

  private Place add(String text) {
    TopicFilter filter = TopicFilter.parse(text);
    Client client =
        new Client(broker, ++lastId, broker.subscription(text), new RecordingSink(), 0, 0);
    return new Place(filter, routes.add(filter, client), lastId);
  }

  private void remove(Place place) {
    routes.remove(place.filter, place.seat);
  }

  /** How often each client is found. */
  private Map<Long, Integer> found(String topic) {
    Map<Long, Integer> found = new HashMap<>();
    for (Audience audience : routes.audiences(topic)) {
      for (int place = 0; place < audience.size(); place++) {
        found.merge(audience.get(place).id(), 1, Integer::sum);
      }
    }
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
