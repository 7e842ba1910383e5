package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The ids that OkHttp's parser reports, and the ids that the tracker derives from them. */
class LastEventIdTest {
  private final LastEventId id = new LastEventId("");

  @Test
  void idStaysUntilTheNextOne() {
    assertEquals(Optional.empty(), id.update(null));
    assertEquals(Optional.of("1"), id.update("1"));
    assertEquals(Optional.empty(), id.update("1"));
    assertEquals(Optional.of("1"), id.last());
    assertEquals(Optional.of("2"), id.update("2"));
    assertEquals(Optional.of("2"), id.toSend());
  }

  @Test
  void idIsResetByAnEmptyIdOfTheSameConnectionOnly() {
    id.update("1");
    id.connect();
    id.update(null);
    assertEquals(Optional.of("1"), id.last());
    id.update("2");
    id.update(null);
    assertEquals(Optional.empty(), id.last());
    assertEquals(Optional.empty(), id.toSend());
  }

  @Test
  void repeatedIdOnTheNextConnectionIsTheEventsOwn() {
    id.update("1");
    id.connect();
    assertEquals(Optional.of("1"), id.update("1"));
  }

  @Test
  void idThatIsNoFieldValueIsNotSent() {
    String longest = "x".repeat(1024);
    assertEquals(Optional.of(longest), id.update(longest));
    assertEquals(Optional.empty(), id.update(longest + "x"));
    assertEquals(Optional.of(longest), id.toSend());
    assertEquals(Optional.empty(), id.update("\u0001"));
    assertEquals(Optional.of("\u0001"), id.last());
    assertEquals(Optional.of(longest), id.toSend());
  }
}
