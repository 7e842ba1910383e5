package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What OkHttp's parser gives with each event, and what is made of it. */
class LastEventIdTest {
  private final LastEventId id = new LastEventId("");

  @Test
  void idStaysUntilThereIsAnother() {
    assertEquals(Optional.empty(), id.take(null));
    assertEquals(Optional.of("1"), id.take("1"));
    assertEquals(Optional.empty(), id.take("1"));
    assertEquals(Optional.of("1"), id.last());
    assertEquals(Optional.of("2"), id.take("2"));
    assertEquals(Optional.of("2"), id.toSend());
  }

  @Test
  void idIsTakenBackByAnEmptyOneOfItsConnectionOnly() {
    id.take("1");
    id.connect();
    id.take(null);
    assertEquals(Optional.of("1"), id.last());
    id.take("2");
    id.take(null);
    assertEquals(Optional.empty(), id.last());
    assertEquals(Optional.empty(), id.toSend());
  }

  @Test
  void idThatComesAgainOnTheNextConnectionIsTheEventsOwn() {
    id.take("1");
    id.connect();
    assertEquals(Optional.of("1"), id.take("1"));
  }

  @Test
  void idThatNoHeaderCanCarryIsNotSentAndNobodysOwn() {
    String longest = "x".repeat(1024);
    assertEquals(Optional.of(longest), id.take(longest));
    assertEquals(Optional.empty(), id.take(longest + "x"));
    assertEquals(Optional.of(longest), id.toSend());
    assertEquals(Optional.empty(), id.take("\u0001"));
    assertEquals(Optional.of("\u0001"), id.last());
    assertEquals(Optional.of(longest), id.toSend());
  }
}
