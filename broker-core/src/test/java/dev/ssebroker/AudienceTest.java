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
    Audience.Seat first = add();
    Audience.Seat second = add();
    Audience.Seat third = add();
    assertEquals(List.of(1L, 2L, 3L), members());

    audience.remove(first);

    assertEquals(List.of(3L, 2L), members());
    audience.remove(third);
    assertEquals(List.of(2L), members());
    audience.remove(second);
    assertEquals(List.of(), members());
  }

  @Test
  void lastClientLeavesWithoutMovingAnother() {
    add();
    add();
    Audience.Seat third = add();

    audience.remove(third);

    assertEquals(List.of(1L, 2L), members());
  }

  @Test
  void clientMayHaveTwoSeats() {
    Client client = client();
    Audience.Seat first = audience.add(client);
    Audience.Seat second = audience.add(client);
    add();

    audience.remove(first);

    assertEquals(List.of(2L, 1L), members());
    audience.remove(second);
    assertEquals(List.of(2L), members());
  }

  @Test
  void loopFromTheLastPlaceVisitsEachOnceWhoeverItRemoves() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<Audience.Seat> seats = new ArrayList<>();
    List<Long> ids = new ArrayList<>();
    for (int round = 0; round < 200; round++) {
      for (int i = random.nextInt(20); i > 0; i--) {
        seats.add(add());
        ids.add(lastId);
      }
      Set<Long> all = new HashSet<>(ids);
      List<Long> visited = new ArrayList<>();
      for (int place = audience.size() - 1; place >= 0; place--) {
        long id = audience.get(place).id();
        visited.add(id);
        if (random.nextBoolean()) {
          int index = ids.indexOf(id);
          ids.remove(index);
          audience.remove(seats.remove(index));
        }
      }
      assertEquals(all.size(), visited.size(), () -> "seed " + seed);
      assertEquals(all, Set.copyOf(visited), () -> "seed " + seed);
      assertEquals(Set.copyOf(ids), Set.copyOf(members()), () -> "seed " + seed);
      assertEquals(ids.size(), audience.size(), () -> "seed " + seed);
    }
  }

  private Audience.Seat add() {
    return audience.add(client());
  }

  private Client client() {
    return new Client(broker, ++lastId, broker.subscription("t"), new RecordingSink(), 0, 0);
  }

  /** The clients' numbers, by place. */
  private List<Long> members() {
    List<Long> members = new ArrayList<>();
    for (int place = 0; place < audience.size(); place++) {
      members.add(audience.get(place).id());
    }
    return members;
  }
}
