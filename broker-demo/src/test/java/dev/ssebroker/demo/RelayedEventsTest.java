package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.EventLog;
import dev.ssebroker.EventLogException;
import dev.ssebroker.RefusedIdException;
import dev.ssebroker.Sink;
import dev.ssebroker.Subscription;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RelayedEventsTest {
  private final Broker broker = Broker.open();
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private final Subscription client = broker.subscribe("t", Sink.of(received));
  private final RelayedEvents events = new RelayedEvents(broker, "t");

  @Test
  void eventKeepsItsId() {
    events.publish("a-1", "tick", "x");

    assertReceived("event: tick", "data: x", "id: a-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b",
        "ü",
        "a:b",
        "0123456789012345678901234567890123456789012345678901234567890123456789"
      })
  void eventWhoseIdTheBrokerRefusesIsPublishedWithoutIt(String id) {
    events.publish(id, "message", "x");

    assertReceived("data: x", "id: (the broker's)");
  }

  @Test
  void eventWhoseIdLooksLikeTheBrokersIsPublishedWithoutIt() {
    String id = broker.publish("other", Event.of("y")).id();

    events.publish(id.substring(0, id.lastIndexOf('-')) + "-77", "message", "x");

    assertReceived("data: x", "id: (the broker's)");
  }

  @Test
  void eventWhoseIdIsInUseIsPublishedWithoutIt() {
    broker.publish("other", Event.of("y").withId("1"));

    events.publish("1", "message", "x");

    assertReceived("data: x", "id: (the broker's)");
  }

  @Test
  void duplicateIsSkippedButNotOtherDataWithTheSameId() {
    events.publish("1", "message", "x");
    events.publish("1", "message", "x");
    events.publish("1", "message", "y");

    assertEquals(1, events.duplicates());
    assertReceived("data: x", "id: 1", "data: y", "id: (the broker's)");
  }

  @Test
  void eventsWithoutAnIdAreNeverSkipped() {
    events.publish(null, "message", "x");
    events.publish(null, "message", "x");

    assertReceived("data: x", "id: (the broker's)", "data: x", "id: (the broker's)");
  }

  @Test
  void numberOfRememberedIdsIsBounded() {
    for (int i = 0; i <= RelayedEvents.MAX_REMEMBERED; i++) {
      events.publish("n" + i, "message", "x");
    }
    events.publish("n1", "message", "x");
    assertEquals(1, events.duplicates());
    events.publish("n0", "message", "x");

    assertEquals(1, events.duplicates());
    assertEquals(RelayedEvents.MAX_REMEMBERED + 2, events.published());
    client.close();
    broker.close(Duration.ofSeconds(10));
  }

  @Test
  void gapNoticeOfTheUpstreamHasAnotherType() {
    events.publish(null, "gap", "{}");

    assertReceived("event: upstream-gap", "data: {}", "id: (the broker's)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "error", "\0"})
  void invalidEventIsCountedAndNotPublished(String type) {
    assertThrows(IllegalArgumentException.class, () -> events.publish("1", type, "x"));

    assertEquals(1, events.refused());
    assertEquals(0, events.published());
    assertReceived();
  }

  private void assertReceived(String... lines) {
    broker.close(Duration.ofSeconds(10));
    List<String> actual =
        received
            .toString(StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isEmpty() && !line.startsWith(":"))
            .map(line -> line.replaceAll("^id: [0-9a-z]{6,}-[0-9]+$", "id: (the broker's)"))
            .toList();
    assertEquals(List.of(lines), actual);
  }

  @Test
  void eventThatWasStoredDespiteAFailureIsNotPublishedAgain() {
    LogThatLosesAResponse log = new LogThatLosesAResponse();
    try (Broker sharing = Broker.builder().log(log).open()) {
      RelayedEvents relayed = new RelayedEvents(sharing, "t");

      assertThrows(EventLogException.class, () -> relayed.publish("a", "tick", "x"));
      relayed.publish("a", "tick", "x");
      relayed.publish("a", "tick", "x");
      relayed.publish("a", "tick", "y");

      assertEquals(List.of("a", "(the log's)"), log.stored);
      assertEquals(2, relayed.published());
      assertEquals(1, relayed.duplicates());
    }
  }

  /** Stores the first event, but reports a failure. */
  private static final class LogThatLosesAResponse implements EventLog {
    private final List<String> stored = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public List<EventId> append(String topic, List<Event> events) {
      String id = events.getFirst().id().orElse("(the log's)");
      if (stored.contains(id)) {
        throw new RefusedIdException("in the log", 0, true);
      }
      stored.add(id);
      if (stored.size() == 1) {
        throw new EventLogException("there is no response; the event may have been stored");
      }
      return List.of(new EventId("e", stored.size()));
    }

    @Override
    public List<Entry> read(EventId after, int limit) {
      return List.of();
    }

    @Override
    public List<Entry> follow(EventId after, int limit, Duration wait) {
      try {
        boolean unused = closed.await(wait.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return List.of();
    }

    @Override
    public EventId end() {
      return new EventId("e", 0);
    }

    @Override
    public Optional<EventId> find(String ownId) {
      return Optional.empty();
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }
}
