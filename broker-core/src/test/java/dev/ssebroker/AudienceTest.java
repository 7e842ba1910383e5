package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AudienceTest {
  private final Broker broker = Broker.open();
  private final Audience audience = new Audience();
  private long lastId;

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void lastClientTakesTheFreedPlace() {
    Client first = add();
    Client second = add();
    Client third = add();

    audience.remove(first);

    assertEquals(List.of(third, second), members());
    audience.remove(third);
    assertEquals(List.of(second), members());
    audience.remove(second);
    assertEquals(List.of(), members());
  }

  @Test
  void lastClientLeavesWithoutMovingAnother() {
    Client first = add();
    Client second = add();
    Client third = add();

    audience.remove(third);

    assertEquals(List.of(first, second), members());
  }

  @Test
  void loopFromTheLastPlaceVisitsEachOnceWhoeverItRemoves() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      Set<Client> kept = new HashSet<>(members());
      for (int i = random.nextInt(20); i > 0; i--) {
        kept.add(add());
      }
      List<Client> visited = new ArrayList<>();
      Set<Client> all = Set.copyOf(kept);
      for (int place = audience.size() - 1; place >= 0; place--) {
        Client client = audience.get(place);
        visited.add(client);
        if (random.nextBoolean()) {
          audience.remove(client);
          kept.remove(client);
        }
      }
      assertEquals(all.size(), visited.size(), () -> "seed " + seed);
      assertEquals(all, Set.copyOf(visited), () -> "seed " + seed);
      assertEquals(kept, Set.copyOf(members()), () -> "seed " + seed);
    }
  }

  private Client add() {
    Client client = new Client(broker, ++lastId, "topic", new RecordingSink(), new Outbox(1));
    audience.add(client);
    return client;
  }

  /** The clients by place, each of which must know its own. */
  private List<Client> members() {
    List<Client> members = new ArrayList<>();
    for (int place = 0; place < audience.size(); place++) {
      Client client = audience.get(place);
      assertEquals(place, client.place);
      members.add(client);
    }
    return members;
  }
}
